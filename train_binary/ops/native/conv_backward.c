/* What gradients of potentials teach the weights and hand down to the spikes below: see synapses.h. */

#include "synapses.h"
#ifdef __AVX2__
#include <immintrin.h>
#endif

enum { FOUR = 4 };  /* outputs whose signs are looked up together */
typedef int32_t Wholes __attribute__((vector_size(4 * WIDE), aligned(4), may_alias));
typedef float Reals __attribute__((vector_size(4 * WIDE), aligned(4), may_alias));

ADDING(add_ints, int32_t)
RUNNING_SUMS(sums_backward, int32_t, Ints)

/* Add to `below`, `end` floats, what `count` outputs at one place hand down: each its factor times its row of weights.
 * Vectors of it are sums in registers, at most 12; the last one may have `rest` values only. */
static inline __attribute__((always_inline)) void real_vectors(
    float *below, const float *weights, const int32_t *list, const int32_t *factors, int64_t count, int64_t outer, int n,
    int32_t rest)
{
    Wholes lanes;
    for (int32_t i = 0; i < WIDE; i++)
        lanes[i] = i;
    Reals sum[12] = {{0}};
    for (int64_t i = 0; i < count; i++) {
        const float *row = weights + list[i] * outer;
        for (int v = 0; v < n; v++)
            sum[v] += *(const Reals *)(row + v * WIDE) * (float)factors[i];
    }
    for (int v = 0; v < n; v++) {
        Wholes kept = lanes < (v < n - 1 ? WIDE : rest);
        *(Reals *)(below + v * WIDE) += (Reals)((Wholes)sum[v] & kept);
    }
}
#define CASE(n) case n: real_vectors(below, weights, list, factors, count, outer, n, rest); break;
static void reals_down(float *below, const float *weights, const int32_t *list, const int32_t *factors, int64_t count,
                       int64_t outer, int64_t end)
{
    for (; end > 12 * WIDE; end -= 8 * WIDE, below += 8 * WIDE, weights += 8 * WIDE)
        real_vectors(below, weights, list, factors, count, outer, 8, WIDE);
    int32_t rest = (int32_t)((end - 1) % WIDE + 1);
    switch ((end + WIDE - 1) / WIDE) {
        CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
    }
}

/* Four outputs at one place: where their rows of signs begin, and what they hand down for each of the 16 combinations
 * of their signs, byte by byte. */
typedef struct {
    int32_t rows[FOUR], factors[FOUR];
    uint8_t bytes[4][1 << FOUR];
} Group;

/* Bytes of a group: of the sum of its factors, each with the sign that its bit of the combination says. */
static void tabulate(Group *group)
{
    const int32_t *f = group->factors;
#ifdef __AVX2__
    const __m256i first = _mm256_setr_epi32(-1, 1, -1, 1, -1, 1, -1, 1);
    const __m256i second = _mm256_setr_epi32(-1, -1, 1, 1, -1, -1, 1, 1);
    const __m256i third = _mm256_setr_epi32(-1, -1, -1, -1, 1, 1, 1, 1), halves = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    const __m256i byte = _mm256_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15,
                                          0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    __m256i last = _mm256_set1_epi32(f[3]), sums = _mm256_add_epi32(
        _mm256_add_epi32(_mm256_sign_epi32(_mm256_set1_epi32(f[0]), first),
                         _mm256_sign_epi32(_mm256_set1_epi32(f[1]), second)),
        _mm256_sign_epi32(_mm256_set1_epi32(f[2]), third));
    __m256i low = _mm256_shuffle_epi8(_mm256_sub_epi32(sums, last), byte);  /* its bytes 0, 1, 2, 3 of four sums each */
    __m256i high = _mm256_shuffle_epi8(_mm256_add_epi32(sums, last), byte);
    low = _mm256_permutevar8x32_epi32(low, halves);
    high = _mm256_permutevar8x32_epi32(high, halves);
    __m256i even = _mm256_unpacklo_epi64(low, high), odd = _mm256_unpackhi_epi64(low, high);
    _mm_storeu_si128((__m128i *)group->bytes[0], _mm256_castsi256_si128(even));
    _mm_storeu_si128((__m128i *)group->bytes[1], _mm256_castsi256_si128(odd));
    _mm_storeu_si128((__m128i *)group->bytes[2], _mm256_extracti128_si256(even, 1));
    _mm_storeu_si128((__m128i *)group->bytes[3], _mm256_extracti128_si256(odd, 1));
#else
    (void)f;  /* which are looked up by none */
#endif
}

static int64_t grouped(const int32_t *list, const int32_t *factors, int64_t count, int64_t outer, Group *groups)
{
    int64_t number = (count + FOUR - 1) / FOUR;
    for (int64_t at = 0; at < number; at++) {
        for (int64_t i = 0, one = at * FOUR; i < FOUR; i++, one++) {
            groups[at].rows[i] = one < count ? (int32_t)(list[one] * outer) : 0;
            groups[at].factors[i] = one < count ? factors[one] : 0;
        }
        tabulate(groups + at);
    }
    return number;
}

/* Add to `below`, `end` integers, a multiple of LANES, what groups hand down; signs are bytes, of ones where positive. */
#ifdef __AVX2__
static void signs_down(int32_t *below, const int8_t *signs, const Group *groups, int64_t number, int64_t end)
{
    const __m256i one = _mm256_set1_epi8(1), two = _mm256_set1_epi8(2), four = _mm256_set1_epi8(4);
    const __m256i eight = _mm256_set1_epi8(8);
    for (int64_t at = 0; at < end; at += 32, signs += 32) {
        __m256i sum[4], ordered[4];
        for (int i = 0; i < 4; i++)
            sum[i] = _mm256_setzero_si256();
        for (const Group *g = groups; g < groups + number; g++) {
#define SIGNS(i) _mm256_loadu_si256((const __m256i *)(signs + g->rows[i]))
#define BYTES(b) _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)g->bytes[b])), which)
            __m256i which = _mm256_or_si256(
                _mm256_or_si256(_mm256_and_si256(SIGNS(0), one), _mm256_and_si256(SIGNS(1), two)),
                _mm256_or_si256(_mm256_and_si256(SIGNS(2), four), _mm256_and_si256(SIGNS(3), eight)));
            __m256i byte0 = BYTES(0), byte1 = BYTES(1), byte2 = BYTES(2), byte3 = BYTES(3);
            __m256i low = _mm256_unpacklo_epi8(byte0, byte1), above = _mm256_unpacklo_epi8(byte2, byte3);
            sum[0] = _mm256_add_epi32(sum[0], _mm256_unpacklo_epi16(low, above));
            sum[1] = _mm256_add_epi32(sum[1], _mm256_unpackhi_epi16(low, above));
            low = _mm256_unpackhi_epi8(byte0, byte1), above = _mm256_unpackhi_epi8(byte2, byte3);
            sum[2] = _mm256_add_epi32(sum[2], _mm256_unpacklo_epi16(low, above));
            sum[3] = _mm256_add_epi32(sum[3], _mm256_unpackhi_epi16(low, above));
        }
        ordered[0] = _mm256_permute2x128_si256(sum[0], sum[1], 0x20);
        ordered[1] = _mm256_permute2x128_si256(sum[2], sum[3], 0x20);
        ordered[2] = _mm256_permute2x128_si256(sum[0], sum[1], 0x31);
        ordered[3] = _mm256_permute2x128_si256(sum[2], sum[3], 0x31);
        for (int i = 0; i < 4 && at + i * LANES < end; i++)
            *(Ints *)(below + at + i * LANES) += (Ints)ordered[i];
    }
}
#else
static void signs_down(int32_t *below, const int8_t *signs, const Group *groups, int64_t number, int64_t end)
{
    for (const Group *g = groups; g < groups + number; g++)
        for (int i = 0; i < FOUR; i++)
            for (int64_t at = 0; at < end; at++)
                below[at] += signs[g->rows[i] + at] ? g->factors[i] : -g->factors[i];
}
#endif

/* Gradients of one image's inputs at one tick, below (height, width, padded channels), integers or floats as the
 * weights are, from values (rows, columns, padded outputs) at the places `where` (cells, outputs); weights (outputs,
 * size, size, padded channels); list has room for twice the outputs for each place of a window. */
static void hand_down(const Geometry *g, const int32_t *values, const uint8_t *where, const void *weights,
                      int32_t *below, int32_t *list, Group *groups)
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
            int64_t outer = size * size * channels, end = (right - left) * channels;
            int64_t number = g->real ? 0 : grouped(chosen, factors, count, outer, groups);
            for (int64_t ky = 0; count && left < right && ky < size; ky++)
                if (y + ky >= 0 && y + ky < g->height) {
                    int64_t to = ((y + ky) * g->width + x + left) * channels, from = (ky * size + left) * channels;
                    if (g->real)
                        reals_down((float *)below + to, (const float *)weights + from, chosen, factors, count, outer,
                                   end);
                    else
                        signs_down(below + to, (const int8_t *)weights + from, groups, number, end);
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
 * a list of outputs, and their groups; the change zero at first. */
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
        int32_t *list = line + pixels * channels + LANES;
        spread(g, gradient, where, (float)*scale, values, image);
        for (int64_t t = 0; below && t < g->steps; t++) {
            int64_t at = t * g->images + image;
            hand_down(g, values + t * plane, where + at * cells * g->outputs, weights, line, list,
                      (Group *)(list + 2 * g->outputs * g->pool * g->pool));
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
