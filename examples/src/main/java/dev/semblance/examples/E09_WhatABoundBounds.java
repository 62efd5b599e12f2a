package dev.semblance.examples;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Noise;
import dev.semblance.generative.autoencoder.Activation;
import dev.semblance.generative.autoencoder.Trunk;
import dev.semblance.generative.vae.Binarisation;
import dev.semblance.generative.vae.ImportanceWeights;
import dev.semblance.generative.vae.PixelModel;
import dev.semblance.generative.vae.Vae;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What does a VAE's bound bound? Here the truth is known: {@code x = w z + s e} with normal z and e
 * has the density N(0, w^2 + s^2). An encoder that is wrong about z gives a bound below it, {@code
 * log p(x) - KL(q, posterior)}; more codes for each image close the gap (burda2016importance), and
 * so does the true posterior, at once.
 *
 * <p>Argument: images over which each bound is averaged (20,000).
 */
public final class E09_WhatABoundBounds {
  private static final double W = 1.2;
  private static final double S = 0.5;
  private static final double X = 1;

  private E09_WhatABoundBounds() {}

  /**
   * A bound.
   *
   * @param codes drawn for each image
   * @param wrong by an encoder that says N(0.3, 0.9^2)
   * @param right by the true posterior
   */
  record Bound(int codes, double wrong, double right) {}

  /** The log-density of x = 1. */
  static double truth() {
    double variance = W * W + S * S;
    return -0.5 * (Math.log(2 * Math.PI * variance) + X * X / variance);
  }

  static List<Bound> bounds(int images) {
    double variance = 1 / (1 + W * W / (S * S));
    List<Bound> bounds = new ArrayList<>();
    try (Vae wrong = vae(0.3, 0.81);
        Vae right = vae(variance * W * X / (S * S), variance)) {
      for (int codes : new int[] {1, 2, 5, 20, 100}) {
        bounds.add(new Bound(codes, mean(wrong, images, codes), mean(right, images, codes)));
      }
    }
    return bounds;
  }

  private static double mean(Vae vae, int images, int codes) {
    try (Scope scope = Scope.open()) {
      Tensor x = torch.full(new long[] {images, 1, 1, 1}, Ops.scalar(X));
      ImportanceWeights weights =
          vae.importanceWeights(x, Noise.of(0, 0, images), Condition.none(), codes);
      return weights.bound().mean().item_double();
    }
  }

  /** Linear maps both ways, with given weights: every image has the same q. */
  private static Vae vae(double mean, double variance) {
    Trunk trunk = Trunk.mlp(new ImageShape(1, 1, 1), 1, 0, Activation.RELU);
    Vae vae =
        new Vae.Config(trunk, 0, 1, PixelModel.FIXED_GAUSSIAN, S, Binarisation.NONE, false)
            .build(0);
    try (Scope scope = Scope.open()) {
      Tensor q = Ops.floats(new float[] {(float) mean, (float) Math.log(variance)}, 2);
      vae.weights()
          .load(
              Map.of(
                  "encoder.head.weight", Ops.floats(new float[2], 2, 1),
                  "encoder.head.bias", q,
                  "decoder.head.weight", Ops.floats(new float[] {(float) W}, 1, 1),
                  "decoder.head.bias", Ops.floats(new float[1], 1)));
    }
    return vae;
  }

  /** See the class. */
  public static void main(String[] args) {
    int images = args.length > 0 ? Integer.parseInt(args[0]) : 20_000;
    System.out.printf(Locale.ROOT, "log p(x) = %.4f%n", truth());
    System.out.println("codes   bound, q = N(0.3, 0.9^2)   bound, q = posterior");
    for (Bound bound : bounds(images)) {
      System.out.printf(
          Locale.ROOT, "%5d %28.4f %22.4f%n", bound.codes(), bound.wrong(), bound.right());
    }
  }
}
