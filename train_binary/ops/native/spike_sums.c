/* Sums of signs over spikes: the twin of a convolution of planes of zeros and ones, the same bit for bit.
 *
 * Four input channels at one place are a number 0..15; what they add to an output is looked up, for 32 places with one
 * instruction. Sums of bytes are widened before they can overflow. */

#include <omp.h>
#include <stdint.h>
#include <string.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

typedef struct {
    int64_t planes, channels, height, width, outputs, size, padding;
} Maps;  /* of spikes, shape (planes, channels, height, width); size: of the square kernel */

enum {
    FOUR = 4,      /* channels of a number, and outputs that are summed together */
    ENTRIES = 16,  /* of a table */
    PLACES = 64,   /* that are summed together */
    NARROW = 31,   /* sums of four signs that a byte holds */
};

typedef int8_t Table __attribute__((vector_size(ENTRIES), aligned(1), may_alias));

static int64_t groups(int64_t channels)
{
    return (channels + FOUR - 1) / FOUR;
}

/* Bytes of the numbers of one group of channels, with their border, and what is read behind them. */
static int64_t stretch(const Maps *m)
{
    return (m->height + 2 * m->padding + 1) * (m->width + 2 * m->padding) + 2 * PLACES;
}

/* Of signs (outputs, channels, size, size), tables (groups of outputs, groups of channels, size, size, 4, 16). */
void spike_tables(const Maps *m, const float *signs, int8_t *tables, int threads)
{
    static const Table BITS[FOUR] = {
        {0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}, {0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1},
        {0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1}, {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1}};
    int64_t cells = m->size * m->size, taps = groups(m->channels) * cells;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t block = 0; block < groups(m->outputs) * taps; block++)
        for (int64_t i = 0; i < FOUR; i++) {
            int64_t output = block / taps * FOUR + i, tap = block % taps, first = tap / cells * FOUR;
            int64_t count = output >= m->outputs ? 0 : m->channels - first < FOUR ? m->channels - first : FOUR;
            const float *sign = signs + (output * m->channels + first) * cells + tap % cells;
            Table table = {0};
            for (int64_t k = 0; k < count; k++) {
                int8_t less = -(sign[k * cells] < 0);
                table += (BITS[k] ^ less) - less;  /* its negative, where the sign is */
            }
            *(Table *)(tables + (block * FOUR + i) * ENTRIES) = table;
        }
}

/* The bit of a spike; `odd` collects what is neither 0 nor 1. */
static inline uint32_t bit(float value, uint32_t *odd)
{
    uint32_t one = 0x3f800000, form;
    memcpy(&form, &value, sizeof form);
    *odd |= form ^ (-(form >> 23 & 1) & one);
    return form >> 23 & 1;
}

/* Numbers of maps, (planes, groups, stretch), zero at first; scratch (threads, height, width) */
void spike_numbers(const Maps *m, const float *spikes, uint8_t *numbers, uint8_t *scratch, int32_t *odd, int threads)
{
    int64_t line = m->width + 2 * m->padding, map = m->height * m->width, count = groups(m->channels);
    uint32_t strange = 0;
#pragma omp parallel for schedule(static) num_threads(threads) reduction(| : strange)
    for (int64_t at = 0; at < m->planes * count; at++) {
        int64_t first = at % count * FOUR, rest = m->channels - first;
        const float *zero = spikes + (at / count * m->channels + first) * map;
        const float *one = zero + (rest > 1 ? map : 0), *two = zero + (rest > 2 ? 2 * map : 0);
        const float *three = zero + (rest > 3 ? 3 * map : 0);
        uint8_t *dense = scratch + omp_get_thread_num() * map, kept = rest < FOUR ? (1 << rest) - 1 : ENTRIES - 1;
        for (int64_t i = 0; i < map; i++)
            dense[i] = (uint8_t)(bit(zero[i], &strange) | bit(one[i], &strange) << 1 | bit(two[i], &strange) << 2
                                 | bit(three[i], &strange) << 3) & kept;
        uint8_t *to = numbers + at * stretch(m) + m->padding * line + m->padding;
        for (int64_t y = 0; y < m->height; y++)
            memcpy(to + y * line, dense + y * m->width, m->width);
    }
    *odd = strange != 0;
}

/* As `spike_numbers`, of rows of spikes, (width, channels), the places of one line. */
void spike_row_numbers(const Maps *m, const float *spikes, uint8_t *numbers, uint8_t *scratch, int32_t *odd,
                       int threads)
{
    int64_t some = 32;  /* rows, of which the cache keeps what it fetched for one group until the next */
    uint32_t strange = 0;
    (void)scratch;
#pragma omp parallel for schedule(static) num_threads(threads) reduction(| : strange)
    for (int64_t start = 0; start < m->width; start += some)
        for (int64_t first = 0; first < m->channels; first += FOUR)
            for (int64_t x = start; x < m->width && x < start + some; x++) {
                const float *from = spikes + x * m->channels + first;
                int64_t rest = m->channels - first;
                uint32_t one = bit(from[0], &strange), two = rest > 1 ? bit(from[1], &strange) : 0;
                uint32_t three = rest > 2 ? bit(from[2], &strange) : 0, four = rest > 3 ? bit(from[3], &strange) : 0;
                numbers[first / FOUR * stretch(m) + x] = (uint8_t)(one | two << 1 | three << 2 | four << 3);
            }
    *odd = strange != 0;
}

#ifdef __AVX2__
/* Sums of four outputs at 64 places, (4, `line` apart): numbers from the first tap on, and their tables. */
static void block_sums(const uint8_t *numbers, const int64_t *offsets, const int8_t *tables, int64_t taps,
                       int16_t *sums, int64_t line)
{
    __m256i wide[FOUR][4];
    memset(wide, 0, sizeof wide);
    for (int64_t tap = 0; tap < taps;) {
        int64_t end = tap + NARROW < taps ? tap + NARROW : taps;
        __m256i low[FOUR], high[FOUR];
        for (int i = 0; i < FOUR; i++)
            low[i] = high[i] = _mm256_setzero_si256();
        for (; tap < end; tap++) {
            const uint8_t *at = numbers + offsets[tap];
            const __m128i *table = (const __m128i *)(tables + tap * FOUR * ENTRIES);
            __m256i some = _mm256_loadu_si256((const __m256i *)at);
            __m256i more = _mm256_loadu_si256((const __m256i *)(at + PLACES / 2));
            for (int i = 0; i < FOUR; i++) {
                __m256i both = _mm256_broadcastsi128_si256(_mm_loadu_si128(table + i));
                low[i] = _mm256_add_epi8(low[i], _mm256_shuffle_epi8(both, some));
                high[i] = _mm256_add_epi8(high[i], _mm256_shuffle_epi8(both, more));
                __asm__("" : "+x"(low[i]), "+x"(high[i]));  /* else all tables are loaded first: too many registers */
            }
        }
        for (int i = 0; i < FOUR; i++)
            for (int part = 0; part < 4; part++) {
                __m256i bytes = part < 2 ? low[i] : high[i];
                __m128i half = part % 2 ? _mm256_extracti128_si256(bytes, 1) : _mm256_castsi256_si128(bytes);
                wide[i][part] = _mm256_add_epi16(wide[i][part], _mm256_cvtepi8_epi16(half));
            }
    }
    for (int i = 0; i < FOUR; i++)
        for (int part = 0; part < 4; part++)
            _mm256_storeu_si256((__m256i *)(sums + i * line + part * PLACES / 4), wide[i][part]);
}
#endif

/* Whether `spike_sums` is there for this processor. */
void spike_sums_known(int32_t *known, int threads)
{
    (void)threads;
#ifdef __AVX2__
    *known = 1;
#else
    *known = 0;
#endif
}

/* sums (planes, outputs, rows, columns); offsets (taps,): of the numbers of each tap from those of the first;
 * scratch (threads, 4, room), room: places of a map, to the next multiple of 64 */
void spike_sums(const Maps *m, const uint8_t *numbers, const int8_t *tables, const int64_t *offsets, float *sums,
                int16_t *scratch, int64_t room, int threads)
{
#ifdef __AVX2__
    int64_t line = m->width + 2 * m->padding, columns = line - m->size + 1;
    int64_t rows = m->height + 2 * m->padding - m->size + 1, taps = groups(m->channels) * m->size * m->size;
    int64_t blocks = groups(m->outputs);
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t at = 0; at < m->planes * blocks; at++) {
        int64_t plane = at / blocks, first = at % blocks * FOUR;
        int16_t *wide = scratch + omp_get_thread_num() * FOUR * room;
        for (int64_t place = 0; place < rows * line; place += PLACES)
            block_sums(numbers + plane * groups(m->channels) * stretch(m) + place, offsets,
                       tables + at % blocks * taps * FOUR * ENTRIES, taps, wide + place, room);
        int64_t count = m->outputs - first < FOUR ? m->outputs - first : FOUR;
        float *to = sums + (plane * m->outputs + first) * rows * columns, *end = to + count * rows * columns;
        for (int64_t row = 0; row < count * rows; row++, to += columns) {
            const int16_t *from = wide + row / rows * room + row % rows * line;
            int64_t x = 0;
            for (; x < columns && to + x + 8 <= end; x += 8)  /* what is too much is overwritten */
                _mm256_storeu_ps(to + x, _mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(
                    _mm_loadu_si128((const __m128i *)(from + x)))));
            for (; x < columns; x++)
                to[x] = from[x];
        }
    }
#endif
}
