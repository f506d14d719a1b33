/* Rate neurons over all ticks in one pass: twins of spike_trains._plain_forward and _plain_backward, the same bit for bit. */

#include <math.h>
#include <omp.h>
#include <stdint.h>

typedef struct {
    int64_t steps, ticks, images, channels, height, width, pool, zero, leak, whole;
} Dynamics;  /* ticks: of the sums, one or all; zero: what a reset makes of V; leak: -1 for none; whole: it is rounded */

/* V of one map before the reset of each tick, and whether it spikes: potential (steps, area). */
static void live(const Dynamics *g, const float *sums, int64_t area, float scale, float shift, float threshold,
                 float *restrict potential, float *restrict rest)
{
    int64_t stride = g->ticks > 1 ? g->images * g->channels * area : 0;
    float part = ldexpf(1, -(int)g->leak);
    for (int64_t i = 0; i < area; i++)
        rest[i] = 0;
    for (int64_t t = 0; t < g->steps; t++) {
        const float *restrict n = sums + t * stride;
        float *restrict u = potential + t * area;
        for (int64_t i = 0; i < area; i++)
            u[i] = rest[i] + (n[i] * scale + shift);
        if (g->zero)
            for (int64_t i = 0; i < area; i++)
                rest[i] = u[i] >= threshold ? 0 : u[i];
        else
            for (int64_t i = 0; i < area; i++)
                rest[i] = u[i] - (u[i] >= threshold ? threshold : 0);
        for (int64_t i = 0; g->leak >= 0 && i < area; i++)
            rest[i] -= g->whole ? floorf(rest[i] * part) : rest[i] * part;
    }
}

/* Spikes of each window of a map at one tick. Windows of two are compiled by themselves, with vectors. */
static inline __attribute__((always_inline)) void gather(const Dynamics *g, int64_t pool, const float *restrict u,
                                                         float threshold, float *restrict out)
{
    int64_t rows = g->height / pool, columns = g->width / pool;
    for (int64_t y = 0; y < rows; y++, out += columns)
        for (int64_t k = 0; k < pool * pool; k++) {
            const float *restrict row = u + (y * pool + k / pool) * g->width + k % pool;
            for (int64_t x = 0; x < columns; x++) {
                float fired = row[x * pool] >= threshold ? 1.0f : 0.0f;
                out[x] = k == 0 || fired > out[x] ? fired : out[x];
            }
        }
}

/* sums (ticks, images, channels, height, width); constants (3, channels): scale, shift, threshold;
 * spikes (steps, images, channels, height / pool, width / pool); scratch (threads, steps + 1, height, width) */
void trains_forward(const Dynamics *g, const float *sums, const float *constants, float *spikes, float *scratch,
                    int threads)
{
    int64_t area = g->height * g->width, maps = g->images * g->channels;
    int64_t pooled = (g->height / g->pool) * (g->width / g->pool);
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t map = 0; map < maps; map++) {
        const float *own = constants + map % g->channels;
        float *potential = scratch + omp_get_thread_num() * (g->steps + 1) * area, threshold = own[2 * g->channels];
        live(g, sums + map * area, area, own[0], own[g->channels], threshold, potential, potential + g->steps * area);
        for (int64_t t = 0; t < g->steps; t++) {
            float *out = spikes + (t * maps + map) * pooled;
            if (g->pool == 2)
                gather(g, 2, potential + t * area, threshold, out);
            else
                gather(g, g->pool, potential + t * area, threshold, out);
        }
    }
}

/* Gradients of the spikes of one map at one tick, each at the first spike of its window, or at its first neuron. */
static inline __attribute__((always_inline)) void spread(const Dynamics *g, int64_t pool,
                                                         const float *restrict gradient, const float *restrict u,
                                                         float threshold, float *restrict left, float *restrict wide)
{
    int64_t rows = g->height / pool, columns = g->width / pool;
    for (int64_t i = 0; i < g->height * g->width; i++)
        wide[i] = 0;
    for (int64_t y = 0; y < rows; y++, gradient += columns) {
        for (int64_t x = 0; x < columns; x++)
            left[x] = gradient[x];
        for (int64_t k = 0; k <= pool * pool; k++) {  /* at last the first neuron again, of windows without a spike */
            int last = k == pool * pool;
            int64_t start = last ? y * pool * g->width : (y * pool + k / pool) * g->width + k % pool;
            for (int64_t x = 0; x < columns; x++) {
                int fired = last || u[start + x * pool] >= threshold;
                wide[start + x * pool] += fired ? left[x] : 0;
                left[x] = fired ? 0 : left[x];
            }
        }
    }
}

/* gradient: as spikes; result: as sums, of n * scale + shift, over all ticks if they share one;
 * scratch (threads, steps + 3, height, width) */
void trains_backward(const Dynamics *g, const float *gradient, const float *sums, const float *constants, float *result,
                     float *scratch, int threads)
{
    int64_t area = g->height * g->width, maps = g->images * g->channels;
    int64_t pooled = (g->height / g->pool) * (g->width / g->pool);
    float part = g->leak >= 0 ? ldexpf(1, -(int)g->leak) : 0;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t map = 0; map < maps; map++) {
        const float *own = constants + map % g->channels;
        float threshold = own[2 * g->channels], *potential = scratch + omp_get_thread_num() * (g->steps + 3) * area;
        float *restrict handed = potential + g->steps * area, *restrict wide = handed + area;
        live(g, sums + map * area, area, own[0], own[g->channels], threshold, potential, wide + area);
        for (int64_t i = 0; i < area; i++)
            handed[i] = 0;
        for (int64_t t = g->steps - 1; t >= 0; t--) {
            const float *restrict u = potential + t * area;
            float *restrict r = result + ((g->ticks > 1 ? t * maps : 0) + map) * area;
            const float *own_gradient = gradient + (t * maps + map) * pooled;
            if (g->pool == 2)
                spread(g, 2, own_gradient, u, threshold, wide + area, wide);
            else
                spread(g, g->pool, own_gradient, u, threshold, wide + area, wide);
            for (int64_t i = 0; i < area; i++) {
                float left = handed[i] - handed[i] * part, fired = u[i] >= threshold ? 1 : 0;
                float slope = 1 - fabsf((u[i] - threshold) / threshold);
                float taught = (wide[i] - left * (g->zero ? u[i] : threshold)) * (slope > 0 ? slope : 0) / threshold;
                handed[i] = (g->zero ? left - left * fired : left) + taught;
            }
            int first = g->ticks > 1 || t == g->steps - 1;
            for (int64_t i = 0; i < area; i++)
                r[i] = first ? handed[i] : r[i] + handed[i];
        }
    }
}

/* Sums of values and of their squares, integers, of each channel: values (maps, area), result (threads, 2, channels),
 * zero at first. */
void map_moments(const float *values, double *result, int64_t maps, int64_t channels, int64_t area, int threads)
{
    typedef float Floats __attribute__((vector_size(32), aligned(4), may_alias));
    typedef double Doubles __attribute__((vector_size(64)));
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t map = 0; map < maps; map++) {
        const float *v = values + map * area;
        Doubles sum = {0}, square = {0};
        int64_t i = 0;
        for (; i + 8 <= area; i += 8) {
            Doubles some = __builtin_convertvector(*(const Floats *)(v + i), Doubles);
            sum += some;
            square += some * some;
        }
        double *own = result + omp_get_thread_num() * 2 * channels + map % channels;
        for (; i < area; i++) {
            own[0] += v[i];
            own[channels] += (double)v[i] * v[i];
        }
        for (int k = 0; k < 8; k++) {
            own[0] += sum[k];
            own[channels] += square[k];
        }
    }
}
