// Plays bytes from the standard input into a verilated design, and copies the bytes of its output to the standard output.
//
//   simulator LENGTH WINDOW [PATIENCE]
//
// The design has clk, rst, rx and tx; a bit on them takes LENGTH cycles, no whole number in general. Compiled with
// -DSTREAM it has the byte streams i and o instead, and a byte goes in, and one out, every LENGTH cycles at most. With a WINDOW no byte goes in while so
// many requests wait for their response; 0: bytes go in as they come.
//
// The clock stands still, and the program sleeps, while there is nothing to play and no request waits. A request is given
// up when nothing moved for PATIENCE cycles. The program ends when the input has ended and no request waits, or its output
// is closed. What the design prints goes to the standard error, and at the end the number of cycles, of frames that went
// in, came out and were given up. Exit status 4: a framing error of the UART.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "Vdesign.h"
#include "verilated.h"

double sc_time_stamp() { return 0; }  // there are cycles here, no time

// Counts the frames that go by and have a response: of 6 bytes or more, and not ended by ESCAPE FLAG.
struct Frames {
    uint64_t count = 0;

    bool pass(uint8_t byte) {  // whether a frame ends with this byte
        bool whole = byte == 0x7E && length >= 6 && !escaped;
        if (byte == 0x7E) length = 0;
        else if (byte != 0x7D) ++length;
        escaped = byte == 0x7D;
        count += whole;
        return whole;
    }

  private:
    uint64_t length = 0;
    bool escaped = false;
};

#ifdef STREAM
struct Port {  // one byte stream in, one out
    Vdesign& design;
    const double spacing;
    uint64_t wait = 0, busy = 0;

    bool free() const { return wait == 0; }
    bool idle() const { return wait == 0; }
    void send(uint8_t byte) {
        design.i___05Fpayload = byte;
        design.i___05Fvalid = 1;
        wait = spacing;
    }
    int cycle() {  // one clock cycle; the byte that came out, or -1
        design.o___05Fready = busy == 0;
        design.eval();
        const int byte = design.o___05Fvalid && busy == 0 ? design.o___05Fpayload : -1;
        if (byte >= 0) busy = spacing;
        if (busy) --busy;
        const bool taken = design.i___05Fvalid && design.i___05Fready;
        design.clk = 1;
        design.eval();
        design.clk = 0;
        if (taken) design.i___05Fvalid = 0;
        if (wait && !design.i___05Fvalid) --wait;
        return byte;
    }
};
#else
struct Port {  // a UART at the pins: 8 data bits, low first, no parity, one stop bit; its clock is another than ours
    Vdesign& design;
    const double length;
    double now = 0, out_begins = -1e9, in_begins = 0;  // in our cycles
    uint32_t out = ~0u, in = 0;
    int in_bits = 10;  // that were sampled; 10: none is expected

    bool free() const { return now >= out_begins + 10 * length - 1; }
    bool idle() const { return now >= out_begins + 10 * length && in_bits == 10; }
    void send(uint8_t byte) {
        out = ~0u << 9 | byte << 1;  // a start bit before, a stop bit behind
        out_begins = std::max(now, out_begins + 10 * length);
    }
    int cycle() {
        const double passed = now - out_begins;
        design.rx = passed < 0 || passed >= 10 * length ? 1 : out >> int(passed / length) & 1;
        design.eval();
        int byte = -1;
        if (in_bits == 10) {
            if (!design.tx) in_bits = 0, in = 0, in_begins = now;  // this is the first cycle of a start bit
        } else if (now - in_begins >= (in_bits + 0.5) * length - 0.5) {  // the middle of a bit
            in |= design.tx << in_bits++;
            if (in_bits == 10) {
                if (in & 1 || !(in >> 9)) fprintf(stderr, "a byte came without its start or stop bit\n"), exit(4);
                byte = in >> 1 & 0xFF;
            }
        }
        design.clk = 1;
        design.eval();
        design.clk = 0;
        ++now;
        return byte;
    }
};
#endif

// Bytes from a file descriptor, looked for only now and then.
struct Input {
    uint8_t buffer[4096];
    size_t at = 0, filled = 0;
    bool ended = false;
    uint64_t idle = 0;

    bool have(bool sleep) {
        if (at < filled) return true;
        if (ended || (!sleep && ++idle % 1024)) return false;
        pollfd wanted{0, POLLIN, 0};
        if (poll(&wanted, 1, sleep ? -1 : 0) <= 0) return false;
        const ssize_t count = read(0, buffer, sizeof buffer);
        at = 0;
        filled = count > 0 ? count : 0;
        ended = count <= 0;  // a pseudo terminal without its other end gives an error
        return filled > 0;
    }
};

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const double length = strtod(argv[1], nullptr);
    const uint64_t window = strtoull(argv[2], nullptr, 10);
    const uint64_t patience = argc > 3 ? strtoull(argv[3], nullptr, 10) : UINT64_MAX;
    const int output = dup(1);
    dup2(2, 1);
    signal(SIGPIPE, SIG_IGN);

    VerilatedContext context;
    Vdesign design{&context};
    Port port{design, length};
    design.rst = 1;
#ifndef STREAM
    design.rx = 1;
#endif
    for (int i = 0; i < 2; ++i) {
        design.eval();
        design.clk = 1;
        design.eval();
        design.clk = 0;
    }
    design.rst = 0;

    Input input;
    Frames requests, responses;
    uint8_t given[4096];
    size_t waiting = 0;
    uint64_t cycles = 0, moved = 0, lost = 0;
    for (;; ++cycles) {
        const bool open = requests.count > responses.count + lost;  // a request waits for its response
        const bool rest = !open && port.idle() && cycles - moved > 20 * length + 64;
        if (waiting && (waiting == sizeof given || rest || cycles - moved > 16 * length || given[waiting - 1] == 0x7E)) {
            for (size_t done = 0; done < waiting;) {
                const ssize_t count = write(output, given + done, waiting - done);
                if (count <= 0) goto end;
                done += count;
            }
            waiting = 0;
        }
        if (port.free() && !(window && requests.count >= responses.count + lost + window) && input.have(rest)) {
            const uint8_t byte = input.buffer[input.at++];
            requests.pass(byte);
            port.send(byte);
            moved = cycles;
        }
        if (input.ended && input.at == input.filled && rest) break;
        const int byte = port.cycle();
        if (byte >= 0) {
            responses.pass(byte);
            given[waiting++] = byte;
            moved = cycles;
        }
        if (open && cycles - moved > patience) {
            lost += requests.count - responses.count - lost;
            moved = cycles;
        }
    }
end:
    fprintf(stderr, "%lu %lu %lu %lu\n", cycles, requests.count, responses.count, lost);
    return 0;
}
