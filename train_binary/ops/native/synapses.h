/* What conv_forward.c and conv_backward.c share: potentials of a convolution of spikes and what they teach, twins of
 * synapses._Convolve, the same bit for bit.
 *
 * A neuron spikes once, so each spike is added once, where it acts; kernels of synapses are running sums over ticks
 * afterwards. All sums are sums of integers that nothing rounds, so their order does not matter. */

#ifndef SYNAPSES_H
#define SYNAPSES_H

#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    int64_t steps, images, height, width, channels, outputs, size, stride, padding, pool, length, real;
} Geometry;  /* size: of the square kernel; length: of its response, in ticks; real: whether weights are no signs */

enum { LANES = 8 };  /* to which channels are padded */
#ifdef __AVX512F__
enum { WIDE = 2 * LANES };  /* values that the processor adds at once */
#else
enum { WIDE = LANES };
#endif
typedef float Floats __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t Ints __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

static int64_t extent(const Geometry *g, int64_t input)
{
    return (input + 2 * g->padding - g->size) / g->stride + 1;
}

static int64_t padded(int64_t channels)
{
    return (channels + LANES - 1) / LANES * LANES;
}

/* The kernel's mirrored columns from `low` on that reach outputs from `place` on, `count` of them. */
typedef struct { int64_t low, place, count; } Reach;

/* With stride 1 the outputs that an input reaches lie side by side, in the order of a mirrored kernel. With another
 * one they are taken one by one: the output that mirrored column `low` reaches, if any. */
static Reach reach(const Geometry *g, int64_t x, int64_t columns, int64_t low)
{
    int64_t first = x + g->padding - g->size + 1;
    if (g->stride > 1) {
        int64_t place = first + low;
        return (Reach){low, place / g->stride, place >= 0 && place % g->stride == 0 && place / g->stride < columns};
    }
    low = first < 0 ? -first : 0;
    int64_t high = first + g->size > columns ? columns - first : g->size;
    return (Reach){low, first + low, high > low ? high - low : 0};
}

/* The row of outputs that row ky of the kernel reaches from an input at y; -1 if none. */
static int64_t reached_row(const Geometry *g, int64_t y, int64_t ky, int64_t rows)
{
    int64_t row = y + g->padding - ky;
    if (g->stride > 1)  /* a division takes longer than what it would spare */
        row = row % g->stride ? -1 : row / g->stride;
    return row < rows ? row : -1;
}

#define ADDING(name, type)                                                                                             \
    static inline void name(type *values, const type *more, int64_t count) /* count: a multiple of LANES */            \
    {                                                                                                                  \
        typedef type Whole __attribute__((vector_size(4 * WIDE), aligned(sizeof(type)), may_alias));                   \
        typedef type Part __attribute__((vector_size(LANES * sizeof(type)), aligned(sizeof(type)), may_alias));        \
        int64_t each = sizeof(Whole) / sizeof(type), i = 0;                                                            \
        for (; i + each <= count; i += each)                                                                           \
            *(Whole *)(values + i) += *(const Whole *)(more + i);                                                      \
        for (; i < count; i += LANES)                                                                                  \
            *(Part *)(values + i) += *(const Part *)(more + i);                                                        \
    }

/* Sum over ticks of what has come so far and, if `length` > 1, of the last `length` of these sums; from the last tick
 * to the first if `way` is -1. Values have shape (steps, count), count a multiple of LANES. */
#define RUNNING_SUMS(name, type, half)                                                                                 \
    static void name(type *values, int64_t steps, int64_t count, int64_t length, int64_t way)                          \
    {                                                                                                                  \
        values += way < 0 ? (steps - 1) * count : 0;                                                                   \
        for (int64_t i = 0; i < count; i += LANES) {                                                                   \
            half come = {0}, sum = {0};                                                                                \
            for (int64_t t = 0; t < steps; t++) {                                                                      \
                half *at = (half *)(values + t * way * count + i);                                                     \
                come += *at;                                                                                           \
                sum += come;                                                                                           \
                *at = length > 1 ? sum : come;                                                                         \
            }                                                                                                          \
            for (int64_t t = steps - 1; length > 1 && t >= length; t--)                                                \
                *(half *)(values + t * way * count + i) -= *(half *)(values + (t - length) * way * count + i);         \
        }                                                                                                              \
    }

#endif
