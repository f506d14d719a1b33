// The smallest design with the ports of an accelerator: four pixels in, their sum out, as an 80-bit result
// {class_index: 4, tick: 4, potentials: 3 x signed 24} = {sum, last pixel, (sum, -sum, image's first pixel - 128)}.
module pixel_sum (
    input clk, input rst,
    input [7:0] i__payload, input i__valid, output i__ready,
    output reg [79:0] o__payload = 0, output reg o__valid = 0, input o__ready
);
    reg [1:0] count = 0;
    reg [9:0] total = 0;
    reg [7:0] first = 0;
    wire [9:0] sum = total + {2'b0, i__payload};
    wire moves = i__valid & i__ready;

    assign i__ready = ~o__valid | o__ready;

    always @(posedge clk) begin
        if (o__ready) o__valid <= 0;
        if (moves) begin
            count <= count + 1;
            total <= sum;
            if (count == 0) first <= i__payload;
            if (count == 3) begin
                total <= 0;
                o__valid <= 1;
                o__payload <= {{16'b0, first} - 24'd128, -{14'b0, sum}, {14'b0, sum}, i__payload[3:0], sum[3:0]};
            end
        end
        if (rst) begin
            o__valid <= 0;
            count <= 0;
            total <= 0;
        end
    end

    always @(posedge clk) if (moves) begin
        if (!(sum < 1020)) $write("sum is %0d", sum);
        assert (sum < 1020);
    end
endmodule
