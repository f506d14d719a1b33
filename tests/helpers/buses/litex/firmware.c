/* Sends frames to the core as its FIFO has space, and prints each result's words, in hexadecimal, on the UART. */
#include <stdint.h>
#include "csr.h"
#include "mem.h"
#include "eye.h"
#include "frames.h" /* FRAMES, FRAME_WORDS, RESULT_WORDS, frames */

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(CORE_BASE + (address)))
#define CSR(address) (*(volatile uint32_t *)(uintptr_t)(address))

__attribute__((naked, section(".text._start"))) void _start(void) {
    __asm__ volatile("lui sp, 0x10001\n j run"); /* end of the SRAM */
}

static void put(char letter) {
    while (CSR(CSR_UART_TXFULL_ADDR)) {
    }
    CSR(CSR_UART_RXTX_ADDR) = (uint32_t)letter;
}

static void print(uint32_t word) {
    for (int shift = 28; shift >= 0; shift -= 4) {
        uint32_t digit = word >> shift & 15;
        put((char)(digit < 10 ? '0' + digit : 'a' + digit - 10));
    }
    put(' ');
}

static void send(const uint32_t *words) {
    for (int at = 0; at < FRAME_WORDS; at++) {
        while (!REGISTER(EYE_SPACE)) {
        }
        REGISTER(at == FRAME_WORDS - 1 ? EYE_PIXELS_LAST : EYE_PIXELS) = words[at];
    }
}

void run(void) {
    print(REGISTER(EYE_MAGIC));
    print(REGISTER(EYE_DIGEST0));
    put('\n');
    for (int frame = 0; frame < FRAMES; frame++) {
        send(frames[frame]);
        for (int at = 0; at < RESULT_WORDS; at++) {
            while (!(REGISTER(EYE_STATUS) & 2)) {
            }
            print(REGISTER(EYE_RESULT));
        }
        put('\n');
    }
    put('.');
    for (;;) {
        (void)CSR(CSR_UART_TXFULL_ADDR); /* a loop of fetches alone leaves the bus to no store */
    }
}
