// Streams images through a verilated design and records in which cycle each word moved.
//
//   simulator WORDS RESULTS PATIENCE INPUT_CYCLES  source pattern: KIND A B  sink pattern: KIND A B  < words > results
//
// Cycle 0 ends with the first clock edge after reset. INPUT_CYCLES receives one uint64 a word; the standard output one
// uint64 and the payload a result. Whatever the design prints goes to the standard error. Exit status 3: nothing moved
// for PATIENCE cycles; 4: more results than asked for.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

#include "Vdesign.h"
#include "verilated.h"

// The patterns of sim/stalls.py.
struct Pattern {
    const uint32_t kind, a, b;

    explicit Pattern(char** code)
        : kind(strtoul(code[0], nullptr, 10)), a(strtoul(code[1], nullptr, 10)), b(strtoul(code[2], nullptr, 10)) {}

    bool open(uint64_t cycle) const {
        if (kind == 0) return true;
        if (kind == 1) return cycle % (a + b) < a;
        uint32_t bits = a + static_cast<uint32_t>(cycle) * 0x9E3779B9u;
        bits = (bits ^ bits >> 16) * 0x85EBCA6Bu;
        bits = (bits ^ bits >> 13) * 0xC2B2AE35u;
        return (bits ^ bits >> 16) >> 24 >= b;
    }
};

double sc_time_stamp() { return 0; }  // there are cycles here, no time

static void clock_edge(Vdesign& design) {
    design.clk = 1;
    design.eval();
    design.clk = 0;
}

int main(int argc, char** argv) {
    if (argc != 11) return 2;
    const uint64_t words = strtoull(argv[1], nullptr, 10), results = strtoull(argv[2], nullptr, 10);
    const uint64_t patience = strtoull(argv[3], nullptr, 10);
    FILE* const input_cycles = fopen(argv[4], "wb");
    FILE* const output = fdopen(dup(1), "wb");
    dup2(2, 1);
    if (!input_cycles || !output) return 2;
    const Pattern source{argv + 5}, sink{argv + 8};

    VerilatedContext context;
    Vdesign design{&context};
    design.rst = 1;
    for (int i = 0; i < 2; ++i) {
        design.eval();
        clock_edge(design);
    }
    design.rst = 0;

    uint64_t sent = 0, received = 0, moved = 0;
    bool offering = false;
    int word = 0;
    for (uint64_t cycle = 0; sent < words || received < results; ++cycle) {
        if (!offering && sent < words && source.open(cycle)) {
            offering = true;
            word = getchar();
        }
        design.i___05Fvalid = offering;
        design.i___05Fpayload = offering ? word : 0xA5;  // a word that is not valid must not matter
        design.o___05Fready = sink.open(cycle);
        design.eval();
        if (offering && design.i___05Fready) {
            fwrite(&cycle, sizeof cycle, 1, input_cycles);
            offering = false;
            ++sent;
            moved = cycle;
        }
        if (design.o___05Fvalid && design.o___05Fready) {
            if (received++ == results) return 4;
            fwrite(&cycle, sizeof cycle, 1, output);
            fwrite(&design.o___05Fpayload, sizeof design.o___05Fpayload, 1, output);
            fflush(output);
            moved = cycle;
        }
        if (cycle - moved >= patience) {
            fprintf(stderr, "cycle %lu: %lu of %lu words went in, %lu of %lu results came out\n", cycle, sent, words,
                    received, results);
            return 3;
        }
        clock_edge(design);
    }
    return 0;
}
