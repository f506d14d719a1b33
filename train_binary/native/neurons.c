/* Neurons over all ticks in one pass: twins of functions.fire, coding.response and pooling, the same bit for bit. */

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { BLOCK = 1024 };  /* neurons whose ticks lie in the first cache together */

/* ---- Neurons over all ticks, shape (steps, count): twins of functions._Fire and coding._Response ---- */

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

/* ---- Pooling of potentials, shape (images, height, width, channels): twin of F.max_pool2d ---- */

void pool_forward(const float *values, float *pooled, uint8_t *where, int64_t images, int64_t height, int64_t width,
                  int64_t channels, int64_t size, int threads)
{
    int64_t rows = height / size, columns = width / size;
#pragma omp parallel for num_threads(threads)
    for (int64_t cell = 0; cell < images * rows * columns; cell++) {
        int64_t image = cell / (rows * columns), row = cell / columns % rows, column = cell % columns;
        const float *corner = values + ((image * height + row * size) * width + column * size) * channels;
        float *best = pooled + cell * channels;
        uint8_t *place = where + cell * channels;
        memcpy(best, corner, channels * sizeof *best);
        memset(place, 0, channels);
        for (int64_t k = 1; k < size * size; k++) {
            const float *value = corner + (k / size * width + k % size) * channels;
            for (int64_t c = 0; c < channels; c++) {
                place[c] = value[c] > best[c] ? (uint8_t)k : place[c];
                best[c] = value[c] > best[c] ? value[c] : best[c];
            }
        }
    }
}

void pool_backward(const float *gradient, const uint8_t *where, float *result, int64_t images, int64_t height,
                   int64_t width, int64_t channels, int64_t size, int threads)
{
    int64_t rows = height / size, columns = width / size;
#pragma omp parallel for num_threads(threads)
    for (int64_t line = 0; line < images * height; line++) {
        int64_t image = line / height, y = line % height;
        for (int64_t x = 0; x < width; x++) {
            float *r = result + (line * width + x) * channels;
            if (y >= rows * size || x >= columns * size) {
                memset(r, 0, channels * sizeof *r);
                continue;
            }
            int64_t cell = ((image * rows + y / size) * columns + x / size) * channels;
            uint8_t here = (uint8_t)(y % size * size + x % size);
            for (int64_t c = 0; c < channels; c++)
                r[c] = where[cell + c] == here ? gradient[cell + c] : 0;
        }
    }
}
