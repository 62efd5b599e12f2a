package dev.semblance.generative.flow;

import dev.semblance.core.nn.Weights;
import dev.semblance.generative.flow.Flow.Config;
import dev.semblance.generative.flow.Flow.Layout;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Puts the maps of a flow together, as its configuration says, and makes their weights. */
final class FlowLayers {
  /** The width of the dense net on the coarsest image, in widths of the first level. */
  private static final int COARSEST = 16;

  private final Config config;
  private final Weights weights;
  private final long seed;
  private final Shape shape;
  private final boolean unitBox;
  private int made;

  FlowLayers(Config config, Weights weights, long seed) {
    this.config = config;
    this.weights = weights;
    this.seed = seed;
    this.shape = new Shape(config.hidden(), config.depth(), config.classes());
    this.unitBox = config.unitBox();
  }

  /** From [n, channels, height, width] to latent values [n, d]. */
  Bijection all() {
    List<Bijection> links = new ArrayList<>();
    if (config.lambda() > 0) {
      links.add(new Logit(config.lambda()));
    }
    links.add(
        config.levels() == 0
            ? dense()
            : scale(1, config.channels(), config.height(), config.width()));
    if (unitBox) {
      links.add(new Probit());
    }
    return new Chain(links);
  }

  private Bijection dense() {
    int size = config.channels() * config.height() * config.width();
    List<Bijection> links = new ArrayList<>();
    links.add(new Flatten(config.channels(), config.height(), config.width()));
    for (int i = 0; i < config.steps(); i++) {
      if (!unitBox) {
        links.add(ActNorm.of(weights, name("norm"), size));
      }
      if (config.layout() == Layout.MAF) {
        links.add(autoregressive(size, shape));
        if (i + 1 < config.steps()) {
          links.add(Permutation.reverse(size));
        }
      } else if (config.layout() == Layout.REALNVP || unitBox) {
        boolean odd = i % 2 == 0;
        int changed = odd ? size / 2 : size - size / 2;
        links.add(dense(new Partition.EveryOther(odd), size - changed, changed));
      } else {
        links.add(mixing(size));
        int kept = size - size / 2;
        links.add(dense(new Partition.Range(kept, size, size), kept, size / 2));
      }
    }
    return new Chain(links);
  }

  private Bijection scale(int level, int channels, int height, int width) {
    return switch (config.layout()) {
      case REALNVP -> masked(level, channels, height, width);
      case GLOW -> mixed(level, channels, height, width);
      case SPLINE -> pyramid(level, channels, height, width);
      case MAF -> throw new IllegalStateException("a masked autoregressive flow has no levels");
    };
  }

  /** Dinh et al. 2017, section 3.6: checkerboards, squeeze, halves of the channels, split. */
  private Bijection masked(int level, int channels, int height, int width) {
    int half = 2 * channels;
    List<Bijection> links = new ArrayList<>();
    for (int i = 0; i < config.steps(); i++) {
      links.add(ActNorm.of(weights, name("norm"), channels));
      links.add(
          images(new Partition.Checkerboard(i % 2 == 0), half, half, height / 2, width / 2, shape));
    }
    links.add(new Squeeze());
    for (int i = 0; i < config.steps(); i++) {
      links.add(ActNorm.of(weights, name("norm"), 2 * half));
      int from = i % 2 == 0 ? half : 0;
      links.add(
          images(
              new Partition.Range(from, from + half, 2 * half),
              half,
              half,
              height / 2,
              width / 2,
              shape));
    }
    links.add(goOn(level, half, half, height / 2, width / 2));
    return new Chain(links);
  }

  /** Kingma and Dhariwal 2018, Figure 2: squeeze, steps of flow, split. */
  private Bijection mixed(int level, int channels, int height, int width) {
    List<Bijection> links = new ArrayList<>();
    links.add(new Squeeze());
    int half = 2 * channels;
    Partition upper = new Partition.Range(half, 2 * half, 2 * half);
    for (int i = 0; i < config.steps(); i++) {
      links.add(ActNorm.of(weights, name("norm"), 2 * half));
      links.add(mixing(2 * half));
      links.add(images(upper, half, half, height / 2, width / 2, shape));
    }
    if (level < config.levels()) {
      // What leaves is normal given what stays: one more coupling says the same.
      links.add(images(upper, half, half, height / 2, width / 2, shape));
    }
    links.add(goOn(level, half, half, height / 2, width / 2));
    return new Chain(links);
  }

  /** The last level's channels, or the half of them that is worked on. */
  private Bijection goOn(int level, int kept, int left, int height, int width) {
    return level == config.levels()
        ? new Flatten(kept + left, height, width)
        : new Split(kept, left, height, width, scale(level + 1, kept, height, width));
  }

  /**
   * Squares of 2x2 pixels become channels; the lower left ones are mapped given the other three and
   * leave, then the upper right ones given those on the diagonal, then the lower right ones given
   * the upper left ones, which are a smaller image. Colours go one after the other, else they would
   * be independent.
   */
  private Bijection pyramid(int level, int channels, int height, int width) {
    List<Integer> order = new ArrayList<>();
    for (int place : new int[] {0, 3, 1, 2}) {
      for (int colour = 0; colour < channels; colour++) {
        order.add(4 * colour + place);
      }
    }
    return new Chain(
        List.of(
            new Squeeze(),
            new Permutation(order),
            leaving(4 * channels, level, channels, height / 2, width / 2)));
  }

  private Bijection leaving(int left, int level, int channels, int height, int width) {
    if (left == channels) {
      return level == config.levels()
          ? coarsest(channels, height, width)
          : scale(level + 1, channels, height, width);
    }
    int kept = left - 1;
    return new Chain(
        List.of(
            images(
                new Partition.Range(kept, left, left),
                kept,
                1,
                height,
                width,
                wider(1 << (level - 1))),
            new Split(kept, 1, height, width, leaving(kept, level, channels, height, width))));
  }

  /** Few values: each given all before it. */
  private Bijection coarsest(int channels, int height, int width) {
    int size = channels * height * width;
    List<Bijection> links = new ArrayList<>();
    links.add(new Flatten(channels, height, width));
    for (int i = 0; i < config.steps(); i++) {
      if (i > 0) {
        links.add(Permutation.reverse(size));
      }
      links.add(autoregressive(size, wider(COARSEST)));
    }
    return new Chain(links);
  }

  /** Pixels get fewer from level to level, so that wider nets cost no more there. */
  private Shape wider(int factor) {
    return new Shape(Math.multiplyExact(factor, config.hidden()), config.depth(), config.classes());
  }

  private Bijection autoregressive(int size, Shape of) {
    String name = name("autoregressive");
    Elementwise map = elementwise(name);
    return new Autoregressive(new Made(weights, name, size, map.parameters(), of), map);
  }

  private Bijection mixing(int channels) {
    return config.plu()
        ? InvertibleConv.plu(weights, name("mixing"), channels, seed)
        : InvertibleConv.plain(weights, name("mixing"), channels, seed);
  }

  private Bijection dense(Partition partition, int kept, int changed) {
    String name = name("coupling");
    Elementwise map = elementwise(name);
    return new Coupling(
        partition,
        new DenseConditioner(weights, name, kept, changed, map.parameters(), shape),
        map);
  }

  private Bijection images(
      Partition partition, int kept, int changed, int height, int width, Shape of) {
    String name = name("coupling");
    Elementwise map = elementwise(name);
    return new Coupling(
        partition,
        new ConvConditioner(weights, name, kept, changed, height, width, map.parameters(), of),
        map);
  }

  private Elementwise elementwise(String name) {
    return switch (config.transform()) {
      case ADDITIVE -> new Additive();
      case SPLINE -> unitBox ? Spline.unit(config.bins()) : Spline.of(config.bins());
      case AFFINE ->
          config.layout() == Layout.GLOW
              ? new SigmoidAffine()
              : new Affine(weights.constant(name + ".limit", 1, 1));
    };
  }

  private String name(String what) {
    return String.format(Locale.ROOT, "%03d.%s", made++, what);
  }
}
