/* Potentials of a convolution of spikes and what they teach: twins of synapses._Convolve, the same bit for bit.
 *
 * A neuron spikes once, so each spike is added once, where it acts; kernels of synapses are running sums over ticks
 * afterwards. All sums are sums of integers that nothing rounds, so their order does not matter. */

#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <string.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

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
typedef int32_t Wholes __attribute__((vector_size(4 * WIDE), aligned(4), may_alias));
typedef float Reals __attribute__((vector_size(4 * WIDE), aligned(4), may_alias));
typedef int8_t Signs __attribute__((vector_size(WIDE), aligned(1), may_alias));
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

ADDING(add_shorts, int16_t)
ADDING(add_floats, float)
ADDING(add_ints, int32_t)
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
        else if (size == 2 && sums == 1)
            window(g, corner, row, rows * row, pooled + at, where + at, 2, 1, cell == cells - 1);
        else
            window(g, corner, row, rows * row, pooled + at, where + at, size, sums, cell == cells - 1);
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

/* Add to `below`, `end` values, what `count` outputs at one place hand down: each its factor times its row of weights.
 * Vectors of it are sums in registers, at most 12; the last one may have `rest` values only. */
#define ROWS(name, vector, type, weight, product, added)                                                               \
    static inline __attribute__((always_inline)) void name##_vectors(                                                  \
        type *below, const weight *weights, const int32_t *list, const int32_t *factors, int64_t count,                \
        int64_t outer, int32_t total, int n, int32_t rest)                                                             \
    {                                                                                                                  \
        Wholes lanes;                                                                                                  \
        for (int32_t i = 0; i < WIDE; i++)                                                                             \
            lanes[i] = i;                                                                                              \
        vector sum[12] = {{0}};                                                                                        \
        for (int64_t i = 0; i < count; i++) {                                                                          \
            const weight *row = weights + list[i] * outer;                                                             \
            for (int v = 0; v < n; v++)                                                                                \
                sum[v] += product(row + v * WIDE, factors[i]);                                                         \
        }                                                                                                              \
        for (int v = 0; v < n; v++) {                                                                                  \
            Wholes kept = lanes < (v < n - 1 ? WIDE : rest);                                                           \
            *(vector *)(below + v * WIDE) += (vector)((Wholes)added(sum[v], total) & kept);                            \
        }                                                                                                              \
    }                                                                                                                  \
    static void name(type *below, const weight *weights, const int32_t *list, const int32_t *factors, int64_t count,   \
                     int64_t outer, int64_t end, int32_t total)                                                        \
    {                                                                                                                  \
        for (; end > 12 * WIDE; end -= 8 * WIDE, below += 8 * WIDE, weights += 8 * WIDE)                               \
            name##_vectors(below, weights, list, factors, count, outer, total, 8, WIDE);                               \
        int32_t rest = (int32_t)((end - 1) % WIDE + 1);                                                                \
        switch ((end + WIDE - 1) / WIDE) {                                                                             \
            CASE(name, 1) CASE(name, 2) CASE(name, 3) CASE(name, 4) CASE(name, 5) CASE(name, 6)                        \
            CASE(name, 7) CASE(name, 8) CASE(name, 9) CASE(name, 10) CASE(name, 11) CASE(name, 12)                     \
        }                                                                                                              \
    }
#define CASE(name, n)                                                                                                  \
    case n: name##_vectors(below, weights, list, factors, count, outer, total, n, rest); break;

/* Of a sign only whether it is positive is kept, as a byte of ones: a sum with signs is twice the sum of its positive
 * terms, less all of them without a sign. */
static inline Wholes positive(const int8_t *signs, int32_t factor)
{
#if defined(__AVX512F__)
    return (Wholes)_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)signs)) & factor;
#elif defined(__AVX2__)
    return (Wholes)_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)signs)) & factor;
#else
    return __builtin_convertvector(*(const Signs *)signs, Wholes) & factor;
#endif
}
static inline Reals several(const float *weights, int32_t factor)
{
    return *(const Reals *)weights * (float)factor;
}
#define WITH_SIGNS(sum, total) (2 * (sum) - (total))
#define ALONE(sum, total) (sum)
ROWS(signs_down, Wholes, int32_t, int8_t, positive, WITH_SIGNS)
ROWS(reals_down, Reals, float, float, several, ALONE)

/* Gradients of one image's inputs at one tick, below (height, width, padded channels), integers or floats as the
 * weights are, from values (rows, columns, padded outputs) at the places `where` (cells, outputs); weights (outputs,
 * size, size, padded channels); list has room for twice the outputs for each place of a window. */
static void hand_down(const Geometry *g, const int32_t *values, const uint8_t *where, const void *weights,
                      int32_t *below, int32_t *list)
{
    int64_t rows = extent(g, g->height), columns = extent(g, g->width), outputs = padded(g->outputs), pool = g->pool;
    int64_t windows = columns / pool, size = g->size, channels = padded(g->channels), places = pool * pool;
    memset(below, 0, g->height * g->width * channels * sizeof *below);
    for (int64_t cell = 0; cell < rows / pool * windows; cell++, where += g->outputs) {
        int64_t top = cell / windows * pool, side = cell % windows * pool, counts[256] = {0};
        for (int64_t k = 0; k < g->outputs; k++) {
            int64_t place = where[k], *count = counts + place;
            int32_t value = values[((top + place / pool) * columns + side + place % pool) * outputs + k];
            int32_t *at = list + 2 * place * g->outputs + *count;
            at[0] = (int32_t)k;
            at[g->outputs] = value;
            *count += value != 0;
        }
        for (int64_t place = 0; place < places; place++) {
            const int32_t *chosen = list + 2 * place * g->outputs, *factors = chosen + g->outputs;
            int64_t y = (top + place / pool) * g->stride - g->padding, count = counts[place];
            int64_t x = (side + place % pool) * g->stride - g->padding;
            int64_t left = x < 0 ? -x : 0, right = x + size > g->width ? g->width - x : size;
            int32_t total = 0;
            for (int64_t i = 0; i < count; i++)
                total += factors[i];
            for (int64_t ky = 0; count && left < right && ky < size; ky++)
                if (y + ky >= 0 && y + ky < g->height) {
                    int64_t to = ((y + ky) * g->width + x + left) * channels, from = (ky * size + left) * channels;
                    int64_t outer = size * size * channels, end = (right - left) * channels;
                    if (g->real)
                        reals_down((float *)below + to, (const float *)weights + from, chosen, factors, count, outer,
                                   end, 0);
                    else
                        signs_down(below + to, (const int8_t *)weights + from, chosen, factors, count, outer, end,
                                   total);
                }
        }
    }
}

/* Gradients of one image as integers, each at the place that was the largest of its window: values (steps, rows,
 * columns, padded outputs), in whose padding anything may come to lie. */
static void spread(const Geometry *g, const float *gradient, const uint8_t *where, float factor, int32_t *values,
                   int64_t image)
{
    int64_t rows = extent(g, g->height), columns = extent(g, g->width), outputs = padded(g->outputs), size = g->pool;
    int64_t windows = columns / size, cells = rows / size * windows, all = g->steps * g->images * cells * g->outputs;
    if (rows % size || columns % size)  /* what no window reads */
        memset(values, 0, g->steps * rows * columns * outputs * sizeof *values);
    for (int64_t t = 0; t < g->steps; t++)
        for (int64_t cell = 0; cell < cells; cell++) {
            int64_t at = ((t * g->images + image) * cells + cell) * g->outputs;
            int32_t *corner = values + ((t * rows + cell / windows * size) * columns + cell % windows * size) * outputs;
            for (int64_t c = 0; c < g->outputs; c += LANES) {
                float some[LANES] = {0};
                uint8_t places[LANES] = {0};
                int64_t count = all - at - c < LANES ? all - at - c : LANES;
                memcpy(some, gradient + at + c, count * sizeof *some);
                memcpy(places, where + at + c, count);
                Ints integer, place;
                for (int i = 0; i < LANES; i++) {
                    integer[i] = (int32_t)rintf(some[i] * factor);
                    place[i] = places[i];
                }
                for (int32_t k = 0; k < size * size; k++)
                    *(Ints *)(corner + (k / size * columns + k % size) * outputs + c) = (place == k) & integer;
            }
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

/* gradient, where: as pooled, where; weights (outputs, size, size, padded channels): floats, or bytes of ones where a
 * sign is positive; below (steps, images, height, width, channels) or NULL; change (threads, channels, size, mirrored
 * size, padded outputs), zero at first; scratch (threads, `room`): values, change and gradients of inputs of one image,
 * and a list of outputs; the change zero at first. */
void conv_backward(const Geometry *g, const int16_t *times, const void *weights, const float *gradient,
                   const uint8_t *where, const double *scale, float *below, int64_t *change, int32_t *scratch,
                   int64_t room, int threads)
{
    int64_t outputs = padded(g->outputs), channels = padded(g->channels), pixels = g->height * g->width;
    int64_t rows = extent(g, g->height), columns = extent(g, g->width), plane = rows * columns * outputs;
    int64_t cells = (rows / g->pool) * (columns / g->pool);
    int64_t synapses = g->channels * g->size * g->size * outputs;
    double grain = 1 / *scale;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t image = 0; image < g->images; image++) {
        int64_t thread = omp_get_thread_num();
        int64_t *mine = change + thread * synapses;
        int32_t *values = scratch + thread * room, *some = values + g->steps * plane, *line = some + synapses;
        spread(g, gradient, where, (float)*scale, values, image);
        for (int64_t t = 0; below && t < g->steps; t++) {
            int64_t at = t * g->images + image;
            hand_down(g, values + t * plane, where + at * cells * g->outputs, weights, line,
                      line + pixels * channels + LANES);
            float *restrict out = below + at * pixels * g->channels;
            for (int64_t pixel = 0; pixel < pixels; pixel++)
                for (int64_t c = 0; c < g->channels; c++) {
                    int64_t i = pixel * channels + c;
                    out[pixel * g->channels + c] = (float)((g->real ? ((const float *)line)[i] : line[i]) * grain);
                }
        }
        sums_backward(values, g->steps, plane, g->length, -1);
        teach(g, times + image * pixels * g->channels, values, some);
        for (int64_t i = 0; i < synapses; i++) {
            mine[i] += some[i];
            some[i] = 0;
        }
    }
}
