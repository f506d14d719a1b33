// Streams images through a verilated design and records in which cycle each word moved.
//
//   simulator WORDS RESULTS PATIENCE INPUT_CYCLES  source pattern: KIND A B  sink pattern: KIND A B
//             TAPS WAVEFORM FROM TO BYTES  < words > results
//
// A word has BYTES bytes, the lowest first. Cycle 0 ends with the first clock edge after reset. INPUT_CYCLES receives
// one uint64 a word; the standard output one uint64 and the payload a result; a file for each border in the folder TAPS the same for each of its transfers. With
// VM_TRACE the file WAVEFORM receives the cycles FROM to TO: cycle c at time 2c, its clock edge at 2c + 1. Whatever the
// design prints goes to the standard error. Exit status 3: nothing moved for PATIENCE cycles; 4: more results than asked
// for; 5: an assertion of the design failed.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <type_traits>
#include <unistd.h>

#include "Vdesign.h"
#include "verilated.h"
#if VM_TRACE
#include "verilated_vcd_c.h"
#endif

#ifndef BORDERS  // the ports that show a border: X(tap_encoder) X(tap_readout)
#define BORDERS(X)
#endif

// The stall patterns of sim/cycle/stalls.py.
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

static void set_clock(Vdesign& design, int level) {
    design.clk = level;
    design.eval();
}

template <class Payload>
static void record(FILE* file, uint64_t cycle, const Payload& payload) {
    fwrite(&cycle, sizeof cycle, 1, file);
    fwrite(&payload, sizeof payload, 1, file);
}

#define OPEN(port) FILE* const port = fopen((std::string(argv[11]) + "/" #port).c_str(), "wb");
#define RECORD(port) \
    if (design.port##___05Fvalid && design.port##___05Fready) record(port, cycle, design.port##___05Fpayload);
#if VM_TRACE
#define DUMP(time) \
    if (from <= cycle && cycle <= to) waveform.dump(time);
#else
#define DUMP(time)
#endif

int main(int argc, char** argv) {
    if (argc != 16) return 2;
    const uint64_t words = strtoull(argv[1], nullptr, 10), results = strtoull(argv[2], nullptr, 10);
    const uint64_t patience = strtoull(argv[3], nullptr, 10), bytes = strtoull(argv[15], nullptr, 10);
    FILE* const input_cycles = fopen(argv[4], "wb");
    FILE* const output = fdopen(dup(1), "wb");
    dup2(2, 1);
    if (!input_cycles || !output) return 2;
    const Pattern source{argv + 5}, sink{argv + 8};

    BORDERS(OPEN)

    VerilatedContext context;
    context.fatalOnError(false);  // what was recorded is still written
#if VM_TRACE
    context.traceEverOn(true);
    const uint64_t from = strtoull(argv[13], nullptr, 10), to = strtoull(argv[14], nullptr, 10);
    VerilatedVcdC waveform;
#endif
    Vdesign design{&context};
#if VM_TRACE
    design.trace(&waveform, 99);
    waveform.open(argv[12]);
#endif
    design.rst = 1;
    for (int i = 0; i < 2; ++i) {
        set_clock(design, 0);
        set_clock(design, 1);
    }
    design.rst = 0;

    uint64_t sent = 0, received = 0, moved = 0;
    bool offering = false;
    using Word = std::remove_reference_t<decltype(design.i___05Fpayload)>;
    Word word{}, invalid{};  // a word that is not valid must not matter
    if (bytes > sizeof(Word)) return 2;
    memset(static_cast<void*>(&invalid), 0xA5, bytes);
    for (uint64_t cycle = 0; sent < words || received < results; ++cycle) {
        if (!offering && sent < words && source.open(cycle)) {
            offering = true;
            if (fread(&word, 1, bytes, stdin) != bytes) return 2;
        }
        design.i___05Fvalid = offering;
        design.i___05Fpayload = offering ? word : invalid;
        design.o___05Fready = sink.open(cycle);
        set_clock(design, 0);
        DUMP(2 * cycle)
        BORDERS(RECORD)
        if (offering && design.i___05Fready) {
            fwrite(&cycle, sizeof cycle, 1, input_cycles);
            offering = false;
            ++sent;
            moved = cycle;
        }
        if (design.o___05Fvalid && design.o___05Fready) {
            if (received++ == results) return 4;
            record(output, cycle, design.o___05Fpayload);
            fflush(output);
            moved = cycle;
        }
        if (cycle - moved >= patience) {
            fprintf(stderr, "cycle %lu: %lu of %lu words went in, %lu of %lu results came out\n", cycle, sent, words,
                    received, results);
            return 3;
        }
        set_clock(design, 1);
        DUMP(2 * cycle + 1)
        if (context.gotError()) return 5;
    }
    return 0;
}
