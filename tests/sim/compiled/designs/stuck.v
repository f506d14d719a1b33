// A line that stays low from the first start bit on.
module stuck (input wire clk, input wire rst, input wire rx, output reg tx);
    always @(posedge clk)
        if (rst) tx <= 1;
        else if (!rx) tx <= 0;
endmodule
