/* Clipped rectified sums in bfloat16, whose sums are normalised: what PhaseNeurons.numbers computes by torch, up to how sums are rounded.
 *
 * Values lie channels innermost. What belongs to a channel comes repeated, `width` values of a whole number of channel
 * rows, so that loops are as long as a processor likes them. A bfloat16 is the upper half of a float. */

#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <string.h>

static inline float wide(uint16_t value)
{
    uint32_t bits = (uint32_t)value << 16;
    float result;
    memcpy(&result, &bits, sizeof result);
    return result;
}

static inline uint16_t narrow(float value) /* rounded to nearest even; not of NaN */
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

/* Sums of floats, added to those of doubles (2, width). */
static void added(const float *first, const float *second, double *sums, int64_t width)
{
    for (int64_t i = 0; i < width; i++) {
        sums[i] += first[i];
        sums[width + i] += second[i];
    }
}

enum { RUN = 16 }; /* blocks that are summed in floats, before doubles take the sums */

/* Sums of values and of their squares for each of `width` places: result (threads, 2, width), zero at first. */
void half_moments(const uint16_t *values, double *result, int64_t width, int64_t total, int threads)
{
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t run = 0; run < total; run += RUN * width) {
        double *total_sums = result + omp_get_thread_num() * 2 * width;
        int64_t end = run + RUN * width < total ? run + RUN * width : total;
        float sum[width], square[width];
        memset(sum, 0, sizeof sum);
        memset(square, 0, sizeof square);
        for (int64_t block = run; block < end; block += width) {
            int64_t size = block + width < end ? width : end - block;
            const uint16_t *restrict v = values + block;
            for (int64_t i = 0; i < size; i++) {
                float value = wide(v[i]);
                sum[i] += value;
                square[i] += value * value;
            }
        }
        added(sum, square, total_sums, width);
    }
}

/* Values times scale plus offset, plus what a shortcut brings unless it is null, clipped to 0..top; with `rounds`
 * rounded down, to at most top - 1. constants (2, width): scale, offset. */
void clipped_forward(const uint16_t *values, const uint16_t *shortcut, const float *constants, uint16_t *result,
                     int64_t top, int64_t rounds, int64_t width, int64_t total, int threads)
{
    const float *restrict scale = constants, *restrict offset = scale + width;
    const float limit = rounds ? top - 1 : top;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t block = 0; block < total; block += width) {
        int64_t size = block + width < total ? width : total - block;
        const uint16_t *restrict v = values + block, *restrict more = shortcut + block;
        uint16_t *restrict r = result + block;
        for (int64_t i = 0; i < size; i++) {
            float value = wide(v[i]) * scale[i] + offset[i];
            if (shortcut)
                value += wide(more[i]);
            if (rounds)
                value = floorf(value);
            value = value < limit ? value : limit;
            r[i] = narrow(value > 0 ? value : 0);
        }
    }
}

/* Gradients where nothing was clipped, else 0; and their sums, alone and times the normalised value. constants (4,
 * width): scale, offset, mean, 1 / deviation; sums (threads, 2, width), zero at first. */
void clipped_backward(const uint16_t *gradient, const uint16_t *values, const uint16_t *shortcut, const float *constants,
                      uint16_t *result, double *sums, int64_t top, int64_t rounds, int64_t width, int64_t total,
                      int threads)
{
    const float *restrict scale = constants, *restrict offset = scale + width, *restrict mean = offset + width;
    const float *restrict inverse = mean + width;
    const float limit = rounds ? nextafterf(top, 0) : top;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t run = 0; run < total; run += RUN * width) {
        double *total_sums = sums + omp_get_thread_num() * 2 * width;
        int64_t end = run + RUN * width < total ? run + RUN * width : total;
        float sum[width], product[width];
        memset(sum, 0, sizeof sum);
        memset(product, 0, sizeof product);
        for (int64_t block = run; block < end; block += width) {
            int64_t size = block + width < end ? width : end - block;
            const uint16_t *restrict g = gradient + block, *restrict v = values + block;
            const uint16_t *restrict more = shortcut + block;
            uint16_t *restrict r = result + block;
            for (int64_t i = 0; i < size; i++) {
                float one = wide(v[i]), value = one * scale[i] + offset[i];
                if (shortcut)
                    value += wide(more[i]);
                float kept = value >= 0 && value <= limit ? wide(g[i]) : 0;
                r[i] = narrow(kept);
                sum[i] += kept;
                product[i] += kept * ((one - mean[i]) * inverse[i]);
            }
        }
        added(sum, product, total_sums, width);
    }
}

/* Gradients of the values from those of what they were normalised to; constants (3, width): factors of the latter and of
 * the values, and what is added. */
void half_normalise_backward(const uint16_t *gradient, const uint16_t *values, const float *constants, uint16_t *result,
                             int64_t width, int64_t total, int threads)
{
    const float *restrict first = constants, *restrict second = first + width, *restrict rest = second + width;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t block = 0; block < total; block += width) {
        int64_t size = block + width < total ? width : total - block;
        const uint16_t *restrict g = gradient + block, *restrict v = values + block;
        uint16_t *restrict r = result + block;
        for (int64_t i = 0; i < size; i++)
            r[i] = narrow(wide(g[i]) * first[i] + wide(v[i]) * second[i] + rest[i]);
    }
}

/* Binary digits that are 1 of values, rounded down and at most top: result (threads), zero at first. */
void half_digits(const uint16_t *values, int64_t *result, int64_t top, int64_t total, int threads)
{
    const int64_t block = 4096;
    const int32_t limit = top;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t first = 0; first < total; first += block) {
        int64_t size = first + block < total ? block : total - first;
        int32_t found = 0;
        for (int64_t i = first; i < first + size; i++) {
            int32_t number = (int32_t)wide(values[i]);
            found += __builtin_popcount(number < limit ? number : limit);
        }
        result[omp_get_thread_num()] += found;
    }
}
