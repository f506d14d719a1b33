/* BS4NN, image by image: twin of methods/online.py, which says what is computed. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int inputs, outputs;
    float *weights;  /* (inputs, outputs) */
    double *factor;
    int8_t *signs;   /* (inputs, outputs) */
    int16_t *potential, *early, *times;
    double *delta;
} Layer;

static void signs_of(Layer *layer, int input)
{
    const float *weights = layer->weights + (size_t)input * layer->outputs;
    int8_t *signs = layer->signs + (size_t)input * layer->outputs;
    for (int j = 0; j < layer->outputs; j++)
        signs[j] = weights[j] >= 0 ? 1 : -1;
}

/* Spike times of a layer; `early` keeps V at tick steps - 3. */
static void integrate(Layer *layer, const int16_t *times, int steps, double base, int *start, int *order)
{
    int outputs = layer->outputs;
    int16_t *restrict potential = layer->potential, *restrict fired = layer->times;
    int16_t theta = (int16_t)fmax(fmin(floor(base / *layer->factor), 32766), -32767);
    memset(start, 0, (steps + 2) * sizeof *start);
    for (int i = 0; i < layer->inputs; i++)
        start[times[i] + 1]++;
    for (int t = 0; t <= steps; t++)
        start[t + 1] += start[t];
    for (int i = layer->inputs - 1; i >= 0; i--)
        order[--start[times[i] + 1]] = i;  /* start[t + 1] is now the first of tick t */
    memset(potential, 0, outputs * sizeof *potential);
    for (int j = 0; j < outputs; j++)
        fired[j] = (int16_t)steps;
    for (int t = 0; t < steps - 1; t++) {  /* a crossing in the last tick is a spike at `steps`, which is silence */
        int begin = start[t + 1], end = t + 2 <= steps + 1 ? start[t + 2] : layer->inputs;
        for (int k = begin; k < end; k++) {
            const int8_t *restrict signs = layer->signs + (size_t)order[k] * outputs;
            for (int j = 0; j < outputs; j++)
                potential[j] += signs[j];
        }
        int16_t next = (int16_t)(t + 1), silent = (int16_t)steps;
        if (begin < end || t == 0)
            for (int j = 0; j < outputs; j++) {
                int16_t now = potential[j] > theta ? next : silent;
                fired[j] = now < fired[j] ? now : fired[j];
            }
        if (t == steps - 3)
            memcpy(layer->early, potential, outputs * sizeof *potential);
    }
}

/* Errors of the outputs for a label; whether the label is among the earliest. */
static int compare(Layer *layer, int label, int steps, int gamma)
{
    int16_t first = (int16_t)steps;
    int best = 0;
    for (int j = 0; j < layer->outputs; j++) {
        if (layer->times[j] < first)
            first = layer->times[j];
        if (layer->early[j] > layer->early[best])
            best = j;
    }
    for (int j = 0; j < layer->outputs; j++) {
        int target = layer->times[j];
        if (first < steps && target - first < gamma)
            target = first + gamma < steps ? first + gamma : steps;
        if (first < steps && j == label)
            target = first;
        layer->delta[j] = (double)(target - layer->times[j]) / steps;
    }
    return first == steps ? best == label : layer->times[label] == first;
}

/* Scale the errors to length 1; return 0 if there are none. */
static int normalise(double *delta, int count)
{
    double square = 0;
    for (int j = 0; j < count; j++)
        square += delta[j] * delta[j];
    if (square == 0)
        return 0;
    double norm = sqrt(square);
    for (int j = 0; j < count; j++)
        delta[j] /= norm;
    return 1;
}

/* Change the weights of one input that spikes at `time`, to neurons of which it was `before` their spikes. */
static void change(Layer *layer, int input, int16_t time, const int16_t *restrict before, const float *restrict step,
                   int32_t *restrict count)
{
    float *restrict weights = layer->weights + (size_t)input * layer->outputs;
    int8_t *restrict signs = layer->signs + (size_t)input * layer->outputs;
    for (int j = 0; j < layer->outputs; j++) {
        int causal = time < before[j];
        weights[j] -= causal ? step[j] : 0;
        signs[j] = weights[j] >= 0 ? 1 : -1;
        count[j] += causal ? signs[j] : 0;
    }
}

/* Error of one input: its terms are added in order, so that the plain form adds them alike. */
static double error_of(const Layer *layer, int input, int16_t time, const int16_t *before)
{
    const float *weights = layer->weights + (size_t)input * layer->outputs;
    double error = 0;
    for (int j = 0; j < layer->outputs; j++)
        if (time < before[j])
            error += weights[j] * layer->delta[j];
    return error;
}

/* Change weights and factor; errors of the inputs go to `below`, if it is there. */
static void learn(Layer *layer, const int16_t *times, double rate, double rate_factor, double *below)
{
    int outputs = layer->outputs;
    int32_t *count = calloc(outputs, sizeof *count);
    int16_t *before = malloc(outputs * sizeof *before);  /* spike times; of neurons without error none is before */
    float *step = malloc(outputs * sizeof *step);
    int16_t latest = -1;
    for (int j = 0; j < outputs; j++) {
        before[j] = layer->delta[j] != 0 ? layer->times[j] : -1;
        latest = before[j] > latest ? before[j] : latest;
        step[j] = (float)(rate * layer->delta[j]);
    }
    for (int i = 0; i < layer->inputs; i++) {
        if (times[i] < latest)  /* most pixels are black, and too late for all */
            change(layer, i, times[i], before, step, count);
        if (below)
            below[i] = error_of(layer, i, times[i], before);
    }
    double total = 0;
    for (int j = 0; j < outputs; j++)
        total += layer->delta[j] * (double)count[j];
    *layer->factor -= rate_factor * (total / ((double)layer->inputs * outputs));
    free(count), free(before), free(step);
}

/* Learn from images one by one; return how many were right before, and how many changed anything. */
void bs4nn_learn(int images, const int16_t *times, const int64_t *labels, int steps, int depth, const int32_t *sizes,
                 float **weights, double *factors, double base, double rate, double rate_factor, int gamma,
                 int64_t *result)
{
    Layer *layers = calloc(depth, sizeof *layers);
    int widest = 0;
    for (int l = 0; l <= depth; l++)
        widest = sizes[l] > widest ? sizes[l] : widest;
    int *start = malloc((steps + 2) * sizeof *start), *order = malloc(widest * sizeof *order);
    for (int l = 0; l < depth; l++) {
        size_t inputs = sizes[l], outputs = sizes[l + 1];
        layers[l] = (Layer){(int)inputs, (int)outputs, weights[l], factors + l, malloc(inputs * outputs),
                            calloc(outputs, 2), calloc(outputs, 2), calloc(outputs, 2),
                            calloc(outputs, sizeof(double))};
        for (int i = 0; i < layers[l].inputs; i++)
            signs_of(layers + l, i);
    }
    result[0] = result[1] = 0;
    for (int n = 0; n < images; n++) {
        const int16_t *input = times + (size_t)n * sizes[0];
        for (int l = 0; l < depth; l++)
            integrate(layers + l, l ? layers[l - 1].times : input, steps, base, start, order);
        result[0] += compare(layers + depth - 1, (int)labels[n], steps, gamma);
        int changed = 0;
        for (int l = depth - 1; l >= 0 && normalise(layers[l].delta, layers[l].outputs); l--, changed = 1)
            learn(layers + l, l ? layers[l - 1].times : input, rate, rate_factor, l ? layers[l - 1].delta : NULL);
        result[1] += changed;
    }
    for (int l = 0; l < depth; l++) {
        free(layers[l].signs), free(layers[l].potential), free(layers[l].early), free(layers[l].times);
        free(layers[l].delta);
    }
    free(layers), free(start), free(order);
}
