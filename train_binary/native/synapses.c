/* Potentials of a convolution of spikes and what they teach: twins of synapses._Convolve, the same bit for bit.
 *
 * A neuron spikes once, so each spike is added once, where it acts; kernels of synapses are running sums over ticks
 * afterwards. All sums are sums of integers that nothing rounds, so their order does not matter. */

#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    int64_t steps, images, height, width, channels, outputs, size, stride, padding, pool, length;
} Geometry;  /* size: of the square kernel; length: of its response, in ticks */

enum { LANES = 8 };  /* to which channels are padded */
typedef float Floats __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t Ints __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t Pair __attribute__((vector_size(8 * LANES), aligned(4), may_alias));
typedef uint8_t Bytes __attribute__((vector_size(LANES)));

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

#define ADDING(name, type, half)                                                                                       \
    static inline void name(type *values, const type *more, int64_t count) /* count: a multiple of LANES */            \
    {                                                                                                                  \
        typedef type Whole __attribute__((vector_size(8 * LANES), aligned(4), may_alias));                             \
        int64_t i = 0;                                                                                                 \
        for (; i + 2 * LANES <= count; i += 2 * LANES)                                                                 \
            *(Whole *)(values + i) += *(const Whole *)(more + i);                                                      \
        if (i < count)                                                                                                 \
            *(half *)(values + i) += *(const half *)(more + i);                                                        \
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

ADDING(add_floats, float, Floats)
ADDING(add_ints, int32_t, Ints)
RUNNING_SUMS(sums_forward, float, Floats)
RUNNING_SUMS(sums_backward, int32_t, Ints)

/* One window of one image over all ticks: running sums (`sums` of them), the largest value and its place. What is read
 * is set to zero, for the next image. `last`: nothing may be written behind this window's channels. */
static inline __attribute__((always_inline)) void window(const Geometry *g, float *corner, int64_t row, int64_t plane,
                                                         float *pooled, uint8_t *where, int64_t size, int sums,
                                                         int last)
{
    int64_t stride = padded(g->outputs), cells = size * size;
    int64_t step = g->images * (extent(g, g->height) / size) * (extent(g, g->width) / size) * g->outputs;
    for (int64_t c = 0; c < g->outputs; c += LANES) {
        Floats total[2][256];
        for (int64_t k = 0; k < cells; k++)
            total[0][k] = total[1][k] = (Floats){0};
        for (int64_t t = 0; t < g->steps; t++) {
            Floats best = {0};
            Ints place = {0};
            for (int64_t k = 0; k < cells; k++) {
                Floats *at = (Floats *)(corner + t * plane + k / size * row + k % size * stride + c), value = *at;
                *at = (Floats){0};
                if (sums > 0)
                    value = total[0][k] += value;
                if (sums > 1)
                    value = total[1][k] += value;
                Ints larger = (Ints)(value > best) | ((Ints){0} - (k == 0));
                best = (Floats)(((Ints)value & larger) | ((Ints)best & ~larger));
                place = (((Ints){0} + (int32_t)k) & larger) | (place & ~larger);
            }
            int64_t count = last && g->outputs - c < LANES ? g->outputs - c : LANES;
            Bytes bytes = __builtin_convertvector(place, Bytes);
            if (count == LANES) {
                *(Floats *)(pooled + t * step + c) = best;
                memcpy(where + t * step + c, &bytes, LANES);
            } else {
                memcpy(pooled + t * step + c, &best, count * sizeof *pooled);
                memcpy(where + t * step + c, &bytes, count);
            }
        }
    }
}

/* Potentials from what has arrived in each tick, values (steps, rows, columns, padded outputs), pooled. */
static void settle(const Geometry *g, float *values, float *pooled, uint8_t *where, int64_t image)
{
    int64_t rows = extent(g, g->height), columns = extent(g, g->width), size = g->pool;
    int64_t row = columns * padded(g->outputs), cells = (rows / size) * (columns / size);
    int sums = g->length == 1 ? 1 : g->length >= g->steps ? 2 : 0;
    if (!sums)
        sums_forward(values, g->steps, rows * row, g->length, 1);
    for (int64_t cell = 0; cell < cells; cell++) {
        float *corner = values + cell / (columns / size) * size * row
                        + cell % (columns / size) * size * padded(g->outputs);
        int64_t at = (image * cells + cell) * g->outputs;
        if (size == 2 && sums == 2)
            window(g, corner, row, rows * row, pooled + at, where + at, 2, 2, cell == cells - 1);
        else
            window(g, corner, row, rows * row, pooled + at, where + at, size, sums, cell == cells - 1);
    }
}

/* Add the weights of one input, (size, mirrored size, padded outputs), where its spike acts. */
static inline void act(const Geometry *g, float *values, const float *weights, int64_t y, int64_t x, int64_t rows,
                       int64_t columns)
{
    int64_t outputs = padded(g->outputs), parts = g->stride > 1 ? g->size : 1;
    for (int64_t ky = 0; ky < g->size; ky++) {
        int64_t row = reached_row(g, y, ky, rows);
        for (int64_t part = 0; row >= 0 && part < parts; part++) {
            Reach r = reach(g, x, columns, part);
            add_floats(values + (row * columns + r.place) * outputs, weights + (ky * g->size + r.low) * outputs,
                       r.count * outputs);
        }
    }
}

/* times (images, height, width, channels); weights (channels, size, mirrored size, padded outputs);
 * pooled, where (steps, images, rows / pool, columns / pool, outputs);
 * scratch (threads, steps, rows, columns, padded outputs), zero at first */
void conv_forward(const Geometry *g, const int16_t *times, const float *weights, float *pooled, uint8_t *where,
                  float *scratch, int threads)
{
    int64_t rows = extent(g, g->height), columns = extent(g, g->width), outputs = padded(g->outputs);
    int64_t plane = rows * columns * outputs;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t image = 0; image < g->images; image++) {
        float *values = scratch + omp_get_thread_num() * g->steps * plane;
        const int16_t *time = times + image * g->height * g->width * g->channels;
        if (rows % g->pool || columns % g->pool)  /* what no window reads */
            memset(values, 0, g->steps * plane * sizeof *values);
        for (int64_t y = 0; y < g->height; y++)
            for (int64_t x = 0; x < g->width; x++)
                for (int64_t c = 0; c < g->channels; c++, time++)
                    if (*time < g->steps)
                        act(g, values + *time * plane, weights + c * g->size * g->size * outputs, y, x, rows, columns);
        settle(g, values, pooled, where, image);
    }
}

/* Add to `below` what `count` outputs at one place hand down: factors times their rows of weights. */
static inline __attribute__((always_inline)) int64_t tiles(int32_t *below, const int32_t *weights, const int32_t *list,
                                                           const int32_t *factors, int64_t count, int64_t outer,
                                                           int64_t at, int64_t end, int n)
{
    for (; end - at >= 2 * n * LANES; at += 2 * n * LANES) {
        Pair sum[8];
        for (int v = 0; v < n; v++)
            sum[v] = *(const Pair *)(below + at + 2 * v * LANES);
        for (int64_t i = 0; i < count; i++) {
            const int32_t *w = weights + list[i] * outer + at;
            for (int v = 0; v < n; v++)
                sum[v] += factors[i] * *(const Pair *)(w + 2 * v * LANES);
        }
        for (int v = 0; v < n; v++)
            *(Pair *)(below + at + 2 * v * LANES) = sum[v];
    }
    return at;
}

static void hand_down_row(int32_t *below, const int32_t *weights, const int32_t *list, const int32_t *factors,
                          int64_t count, int64_t outer, int64_t end)
{
    int64_t at = tiles(below, weights, list, factors, count, outer, 0, end, 8);
    at = tiles(below, weights, list, factors, count, outer, at, end, 4);
    at = tiles(below, weights, list, factors, count, outer, at, end, 2);
    at = tiles(below, weights, list, factors, count, outer, at, end, 1);
    for (int64_t i = 0; at < end && i < count; i++)
        *(Ints *)(below + at) += factors[i] * *(const Ints *)(weights + list[i] * outer + at);
}

/* Gradients of one image's inputs at one tick, below (height, width, padded channels), from values (rows, columns,
 * padded outputs); weights (outputs, size, size, padded channels); list has room for twice the outputs. */
static void hand_down(const Geometry *g, const int32_t *values, const int32_t *weights, int32_t *below, int32_t *list)
{
    int64_t rows = extent(g, g->height), columns = extent(g, g->width), size = g->size, channels = padded(g->channels);
    int32_t *factors = list + g->outputs;
    memset(below, 0, g->height * g->width * channels * sizeof *below);
    for (int64_t place = 0; place < rows * columns; place++, values += padded(g->outputs)) {
        int64_t count = 0, y = place / columns * g->stride - g->padding, x = place % columns * g->stride - g->padding;
        for (int64_t k = 0; k < g->outputs; k++) {
            list[count] = (int32_t)k;
            factors[count] = values[k];
            count += values[k] != 0;
        }
        int64_t left = x < 0 ? -x : 0, right = x + size > g->width ? g->width - x : size;
        for (int64_t ky = 0; count && left < right && ky < size; ky++)
            if (y + ky >= 0 && y + ky < g->height)
                hand_down_row(below + ((y + ky) * g->width + x + left) * channels,
                              weights + (ky * size + left) * channels, list, factors, count, size * size * channels,
                              (right - left) * channels);
    }
}

/* Gradients of one image as integers, each at the place that was the largest of its window: values (steps, rows,
 * columns, padded outputs). */
static void spread(const Geometry *g, const float *gradient, const uint8_t *where, double factor, int32_t *values,
                   int64_t image)
{
    int64_t rows = extent(g, g->height), columns = extent(g, g->width), outputs = padded(g->outputs), pool = g->pool;
    int64_t wide = columns / pool, cells = rows / pool * wide;
    memset(values, 0, g->steps * rows * columns * outputs * sizeof *values);
    for (int64_t t = 0; t < g->steps; t++)
        for (int64_t cell = 0; cell < cells; cell++) {
            int64_t at = ((t * g->images + image) * cells + cell) * g->outputs;
            int32_t *corner = values + ((t * rows + cell / wide * pool) * columns + cell % wide * pool) * outputs;
            if (pool == 1)
                for (int64_t k = 0; k < g->outputs; k++)
                    corner[k] = (int32_t)rint(gradient[at + k] * factor);
            else if (pool == 2)
                for (int64_t k = 0; k < g->outputs; k++)
                    corner[((where[at + k] >> 1) * columns + (where[at + k] & 1)) * outputs + k] =
                        (int32_t)rint(gradient[at + k] * factor);
            else
                for (int64_t k = 0; k < g->outputs; k++)
                    corner[(where[at + k] / pool * columns + where[at + k] % pool) * outputs + k] =
                        (int32_t)rint(gradient[at + k] * factor);
        }
}

/* Each spike adds to its weights what reached the neurons since: change (channels, size, mirrored size, padded
 * outputs). */
static void teach(const Geometry *g, const int16_t *times, const int32_t *values, int32_t *change)
{
    int64_t rows = extent(g, g->height), columns = extent(g, g->width), outputs = padded(g->outputs);
    int64_t plane = rows * columns * outputs, parts = g->stride > 1 ? g->size : 1;
    for (int64_t c = 0; c < g->channels; c++, change += g->size * g->size * outputs)
        for (int64_t y = 0; y < g->height; y++)
            for (int64_t x = 0; x < g->width; x++) {
                int64_t tick = times[(y * g->width + x) * g->channels + c];
                for (int64_t ky = 0; tick < g->steps && ky < g->size; ky++) {
                    int64_t row = reached_row(g, y, ky, rows);
                    const int32_t *line = values + tick * plane + row * columns * outputs;
                    for (int64_t part = 0; row >= 0 && part < parts; part++) {
                        Reach r = reach(g, x, columns, part);
                        add_ints(change + (ky * g->size + r.low) * outputs, line + r.place * outputs,
                                 r.count * outputs);
                    }
                }
            }
}

/* gradient, where: as pooled, where; weights (outputs, size, size, padded channels); below (steps, images, height,
 * width, channels) or NULL; change (threads, channels, size, mirrored size, padded outputs), zero at first; scratch (threads,
 * `room`): values, change and gradients of inputs of one image, and a list of outputs; the middle one zero at first. */
void conv_backward(const Geometry *g, const int16_t *times, const int32_t *weights, const float *gradient,
                   const uint8_t *where, const double *scale, float *below, int64_t *change, int32_t *scratch,
                   int64_t room, int threads)
{
    int64_t outputs = padded(g->outputs), channels = padded(g->channels), pixels = g->height * g->width;
    int64_t plane = extent(g, g->height) * extent(g, g->width) * outputs;
    int64_t synapses = g->channels * g->size * g->size * outputs;
    double grain = 1 / *scale;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t image = 0; image < g->images; image++) {
        int64_t thread = omp_get_thread_num();
        int64_t *mine = change + thread * synapses;
        int32_t *values = scratch + thread * room, *some = values + g->steps * plane, *line = some + synapses;
        spread(g, gradient, where, *scale, values, image);
        for (int64_t t = 0; below && t < g->steps; t++) {
            hand_down(g, values + t * plane, weights, line, line + pixels * channels);
            float *restrict out = below + (t * g->images + image) * pixels * g->channels;
            for (int64_t pixel = 0; pixel < pixels; pixel++)
                for (int64_t c = 0; c < g->channels; c++)
                    out[pixel * g->channels + c] = (float)(line[pixel * channels + c] * grain);
        }
        sums_backward(values, g->steps, plane, g->length, -1);
        teach(g, times + image * pixels * g->channels, values, some);
        for (int64_t i = 0; i < synapses; i++) {
            mine[i] += some[i];
            some[i] = 0;
        }
    }
}
