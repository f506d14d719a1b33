/* Neurons over all ticks: twins of spikes._Spikes, on normalised potentials, and of local._Displaced; the same bit for bit.
 *
 * Values have shape (steps, count), channels innermost. What belongs to a channel comes repeated, `width` values of a
 * whole number of channel rows, so that loops are as long as a processor likes them. */

#include <math.h>
#include <omp.h>
#include <stdint.h>

/* Sums of V and of its square, integers, for each of `width` places: result (threads, 2, width), zero at first. */
void moments(const float *values, double *result, int64_t width, int64_t total, int threads)
{
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t block = 0; block < total; block += width) {
        double *restrict sum = result + omp_get_thread_num() * 2 * width, *restrict square = sum + width;
        int64_t size = block + width < total ? width : total - block;
        const float *restrict v = values + block;
        for (int64_t i = 0; i < size; i++) {
            sum[i] += v[i];
            square[i] += (double)v[i] * v[i];
        }
    }
}

/* Running maximum of the excess (v - mean) * scale + offset; `constants` (3, width). */
static void peaks(const float *values, const float *constants, float *peak, int64_t width, int64_t size, int64_t steps,
                  int64_t count)
{
    const float *restrict mean = constants, *restrict scale = mean + width, *restrict offset = scale + width;
    for (int64_t t = 0; t < steps; t++) {
        const float *restrict v = values + t * count;
        float *restrict p = peak + t * count, *last = t ? p - count : p;
        for (int64_t i = 0; i < size; i++) {
            float excess = (v[i] - mean[i]) * scale[i] + offset[i];
            p[i] = t && last[i] > excess ? last[i] : excess;
        }
    }
}

void spikes_forward(const float *values, const float *constants, float *fired, int64_t width, int64_t steps,
                    int64_t count, int threads)
{
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t block = 0; block < count; block += width) {
        int64_t size = block + width < count ? width : count - block;
        peaks(values + block, constants, fired + block, width, size, steps, count);
        for (int64_t t = 0; t < steps; t++)
            for (float *f = fired + t * count + block; f < fired + t * count + block + size; f++)
                *f = *f >= 0 ? 1.0f : 0.0f;
    }
}

/* Gradients of the excess; and their sums, alone and times V, as integers: multiples of 1 / *grid. sums (threads, 3,
 * width), zero at first; the third is room for what a tick hands to the one before it. */
void spikes_backward(const float *gradient, const float *values, const float *constants, const double *grid,
                     float *result, double *sums, int64_t width, int64_t steps, int64_t count, int threads)
{
    double factor = *grid;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t block = 0; block < count; block += width) {
        int64_t size = block + width < count ? width : count - block;
        double *restrict sum = sums + omp_get_thread_num() * 3 * width, *restrict product = sum + width;
        float *restrict handed = (float *)(product + width);
        for (int64_t i = 0; i < size; i++)
            handed[i] = 0;
        peaks(values + block, constants, result + block, width, size, steps, count);
        for (int64_t t = steps - 1; t >= 0; t--) {
            const float *restrict g = gradient + t * count + block, *restrict v = values + t * count + block;
            float *restrict r = result + t * count + block;
            const float *restrict before = t ? r - count : r;
            for (int64_t i = 0; i < size; i++) {
                float scale = 1 + 3 * fabsf(r[i]), all = g[i] / (scale * scale) + handed[i];
                handed[i] = t && r[i] == before[i] ? all : 0;
                r[i] = all - handed[i];
            }
            for (int64_t i = 0; i < size; i++) {
                double integer = rint(r[i] * factor);
                sum[i] += integer;
                product[i] += integer * v[i];
            }
        }
    }
}

/* Gradients of V from those of the excess, in place: what the mean and the deviation of a channel take away; constants
 * (4, width): mean, scale, mean gradient, mean of gradient times normalised V. */
void normalise_backward(const float *values, const float *constants, float *result, int64_t width, int64_t total,
                        int threads)
{
    const float *restrict mean = constants, *restrict scale = mean + width, *restrict first = scale + width;
    const float *restrict second = first + width;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t block = 0; block < total; block += width) {
        int64_t size = block + width < total ? width : total - block;
        const float *restrict v = values + block;
        float *restrict r = result + block;
        for (int64_t i = 0; i < size; i++)
            r[i] = scale[i] * (r[i] - first[i] - (v[i] - mean[i]) * scale[i] * second[i]);
    }
}

/* Sums of |V(t) - V(t - 1)|, with V(-1) = 0, for each of `width` places: result (threads, width), zero at first. */
void rises(const float *values, double *result, int64_t width, int64_t steps, int64_t count, int threads)
{
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t block = 0; block < count; block += width) {
        double *restrict sum = result + omp_get_thread_num() * width;
        int64_t size = block + width < count ? width : count - block;
        for (int64_t t = 0; t < steps; t++) {
            const float *restrict v = values + t * count + block, *restrict last = t ? v - count : v;
            for (int64_t i = 0; i < size; i++)
                sum[i] += fabsf(t ? v[i] - last[i] : v[i]);
        }
    }
}

/* Gradients of V from those of the planes, where the running maximum of the excess, as of `peaks`, is `margin` or less;
 * and their sums, as integers: multiples of 1 / *grid. constants (4, width), the last the margin; sums (threads, 2,
 * width), zero at first; the second is room for what a tick hands to the one before it. */
void displaced_backward(const float *gradient, const float *values, const float *constants, const double *grid,
                        float *result, double *sums, int64_t width, int64_t steps, int64_t count, int threads)
{
    double factor = *grid;
    const float *restrict margin = constants + 3 * width;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t block = 0; block < count; block += width) {
        int64_t size = block + width < count ? width : count - block;
        double *restrict sum = sums + omp_get_thread_num() * 2 * width;
        float *restrict handed = (float *)(sum + width);
        for (int64_t i = 0; i < size; i++)
            handed[i] = 0;
        peaks(values + block, constants, result + block, width, size, steps, count);
        for (int64_t t = steps - 1; t >= 0; t--) {
            const float *restrict g = gradient + t * count + block;
            float *restrict r = result + t * count + block;
            const float *restrict before = t ? r - count : r;
            for (int64_t i = 0; i < size; i++) {
                float given = g[i], all = (fabsf(r[i]) <= margin[i] ? given : 0) + handed[i];
                handed[i] = t && r[i] == before[i] ? all : 0;
                r[i] = all - handed[i];
            }
            for (int64_t i = 0; i < size; i++)
                sum[i] += rint(r[i] * factor);
        }
    }
}
