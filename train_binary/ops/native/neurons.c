/* Neurons over all ticks in one pass: twins of functions._Fire and coding.accumulate, the same bit for bit. */

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { BLOCK = 1024 };  /* neurons whose ticks lie in the first cache together */

void fire_forward(const float *excess, float *peak, float *fired, int64_t steps, int64_t count, int threads)
{
#pragma omp parallel for num_threads(threads)
    for (int64_t block = 0; block < count; block += BLOCK) {
        int64_t end = block + BLOCK < count ? block + BLOCK : count;
        for (int64_t t = 0; t < steps; t++) {
            const float *e = excess + t * count, *last = t ? peak + (t - 1) * count : e;
            float *p = peak + t * count, *f = fired + t * count;
            for (int64_t i = block; i < end; i++) {
                p[i] = e[i] > last[i] ? e[i] : last[i];
                f[i] = p[i] >= 0 ? 1.0f : 0.0f;
            }
        }
    }
}

void fire_backward(const float *gradient, const float *peak, float *result, int64_t steps, int64_t count, int threads)
{
#pragma omp parallel for num_threads(threads)
    for (int64_t block = 0; block < count; block += BLOCK) {
        int64_t end = block + BLOCK < count ? block + BLOCK : count;
        float handed[BLOCK] = {0};
        for (int64_t t = steps - 1; t >= 0; t--) {
            const float *g = gradient + t * count, *p = peak + t * count, *before = p - count;
            float *r = result + t * count;
            for (int64_t i = block; i < end; i++) {
                float size = 1 + 3 * fabsf(p[i]);
                r[i] = g[i] / (size * size) + handed[i - block];
            }
            for (int64_t i = block; t && i < end; i++) {
                handed[i - block] = p[i] == before[i] ? r[i] : 0;
                r[i] -= handed[i - block];
            }
        }
    }
}

/* Sum of the last `length` planes; in ticks that run backwards if `back`. */
void response(const float *planes, float *total, int64_t length, int64_t back, int64_t steps, int64_t count,
              int threads)
{
    int64_t way = back ? -count : count;
    planes += back ? (steps - 1) * count : 0;
    total += back ? (steps - 1) * count : 0;
#pragma omp parallel for num_threads(threads)
    for (int64_t block = 0; block < count; block += BLOCK) {
        int64_t end = block + BLOCK < count ? block + BLOCK : count;
        memcpy(total + block, planes + block, (end - block) * sizeof *total);
        for (int64_t t = 1; t < steps; t++) {
            const float *p = planes + t * way, *old = planes + (t - length) * way;
            float *s = total + t * way, *last = s - way;
            if (t < length)
                for (int64_t i = block; i < end; i++)
                    s[i] = p[i] + last[i];
            else
                for (int64_t i = block; i < end; i++)
                    s[i] = p[i] + last[i] - old[i];
        }
    }
}

/* The bits of the largest absolute value; those of a NaN are larger than any. */
void largest(const uint32_t *values, uint32_t *result, int64_t count, int threads)
{
    uint32_t most = 0;
#pragma omp parallel for simd schedule(static) num_threads(threads) reduction(max : most)
    for (int64_t i = 0; i < count; i++) {
        uint32_t size = values[i] & 0x7fffffff;
        most = size > most ? size : most;
    }
    *result = most;
}
