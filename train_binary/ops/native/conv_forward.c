/* Potentials of a convolution of spikes over all ticks, and the largest of each window: see synapses.h. */

#include "synapses.h"

typedef uint8_t Bytes __attribute__((vector_size(LANES)));

ADDING(add_shorts, int16_t)
ADDING(add_floats, float)
RUNNING_SUMS(sums_forward, float, Floats)

/* One window of one image over all ticks: running sums (`sums` of them), the largest value and its place. What is read
 * is set to zero, for the next image. `room`: values of this image and tick from this window on, behind which nothing
 * may be written. */
static inline __attribute__((always_inline)) void window(const Geometry *g, float *corner, int64_t row, int64_t plane,
                                                         float *pooled, uint8_t *where, int64_t size, int sums,
                                                         int64_t room)
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
            int64_t count = room - c < LANES ? room - c : LANES;
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
        int64_t at = (image * cells + cell) * g->outputs, room = (cells - cell) * g->outputs;
        if (size == 2 && sums == 2)
            window(g, corner, row, rows * row, pooled + at, where + at, 2, 2, room);
        else if (size == 2 && sums == 1)
            window(g, corner, row, rows * row, pooled + at, where + at, 2, 1, room);
        else
            window(g, corner, row, rows * row, pooled + at, where + at, size, sums, room);
    }
}

/* Add the weights of one input, (size, mirrored size, padded outputs), where its spike acts: floats, or shorts, which
 * hold what signs add up to in one tick. */
#define ACTING(name, type, add)                                                                                        \
    static inline void name(const Geometry *g, type *values, const type *weights, int64_t y, int64_t x, int64_t rows,  \
                            int64_t columns)                                                                           \
    {                                                                                                                  \
        int64_t outputs = padded(g->outputs), parts = g->stride > 1 ? g->size : 1;                                     \
        for (int64_t ky = 0; ky < g->size; ky++) {                                                                     \
            int64_t row = reached_row(g, y, ky, rows);                                                                 \
            for (int64_t part = 0; row >= 0 && part < parts; part++) {                                                 \
                Reach r = reach(g, x, columns, part);                                                                  \
                add(values + (row * columns + r.place) * outputs, weights + (ky * g->size + r.low) * outputs,          \
                    r.count * outputs);                                                                                \
            }                                                                                                          \
        }                                                                                                              \
    }
ACTING(act_signs, int16_t, add_shorts)
ACTING(act_reals, float, add_floats)

/* What was added in shorts, as floats; shorts are zero again, for the next image. */
static void widen(int16_t *restrict narrow, float *restrict values, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        values[i] = narrow[i];
        narrow[i] = 0;
    }
}

/* times (images, height, width, channels); weights (channels, size, mirrored size, padded outputs), floats or shorts;
 * pooled, where (steps, images, rows / pool, columns / pool, outputs);
 * scratch, shorts (threads, steps, rows, columns, padded outputs), zero at first */
void conv_forward(const Geometry *g, const int16_t *times, const void *weights, float *pooled, uint8_t *where,
                  float *scratch, int16_t *shorts, int threads)
{
    int64_t rows = extent(g, g->height), columns = extent(g, g->width), outputs = padded(g->outputs);
    int64_t plane = rows * columns * outputs, synapses = g->size * g->size * outputs;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t image = 0; image < g->images; image++) {
        int64_t own = omp_get_thread_num() * g->steps * plane;
        const int16_t *time = times + image * g->height * g->width * g->channels;
        if (g->real && (rows % g->pool || columns % g->pool))  /* what no window reads */
            memset(scratch + own, 0, g->steps * plane * sizeof *scratch);
        for (int64_t y = 0; y < g->height; y++)
            for (int64_t x = 0; x < g->width; x++)
                for (int64_t c = 0; c < g->channels; c++, time++)
                    if (*time < g->steps && g->real)
                        act_reals(g, scratch + own + *time * plane, (const float *)weights + c * synapses, y, x, rows,
                                  columns);
                    else if (*time < g->steps)
                        act_signs(g, shorts + own + *time * plane, (const int16_t *)weights + c * synapses, y, x, rows,
                                  columns);
        if (!g->real)
            widen(shorts + own, scratch + own, g->steps * plane);
        settle(g, scratch + own, pooled, where, image);
    }
}
