// Clocks a LiteX SoC and prints what its UART sends, up to a full stop.
#include <cstdio>
#include <cstdlib>
#include "verilated.h"
#include "Vdesign.h"

int main(int argc, char **argv) {
    VerilatedContext context;
    Vdesign design{&context};
    const long limit = std::atol(argv[1]);
    design.serial_source_ready = 1;
    for (long half = 0; half < 2 * limit; half++) {
        design.sys_rst = half < 20;
        design.sys_clk = half & 1;
        design.core_clk = half / 3 & 1;
        design.eval();
        if (!(half & 1) && half > 20 && design.serial_source_valid) {
            if (design.serial_source_data == '.') {
                std::fprintf(stderr, "%ld cycles\n", half / 2);
                return 0;
            }
            std::putchar(design.serial_source_data);
        }
    }
    std::fprintf(stderr, "no full stop after %ld cycles\n", limit);
    return 1;
}
