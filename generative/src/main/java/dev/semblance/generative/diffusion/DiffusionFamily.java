package dev.semblance.generative.diffusion;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Check;
import dev.semblance.generative.Family;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Diffusion models and flow matching: what the net tells, how noise is drawn and weighted, and the
 * size of the net.
 *
 * @param parameterisation what the net tells
 * @param draw of the noise level of a training image
 * @param noiseMean of a log-normal draw
 * @param noiseDeviation of a log-normal draw, positive
 * @param weighting of the noise levels
 * @param gamma of the min-SNR weighting, positive
 * @param noiseSchedule of the chain
 * @param chain T, the steps of the chain
 * @param sigmaData the deviation of the data in the model's units
 * @param width channels of the finest level; of a layer, for points
 * @param levels of the U-Net, each with half the sides and twice the channels of the one above; the
 *     layers, for points
 * @param patch side of the squares of pixels that enter as channels; 1: none
 * @param blocks of each level
 * @param attention at the lowest level
 * @param dropout rate
 * @param conditional whether the net sees the label
 * @param labelDropout probability that a training label is left out, for guidance, in [0, 1)
 */
public record DiffusionFamily(
    Parameterisation parameterisation,
    NoiseDraw draw,
    double noiseMean,
    double noiseDeviation,
    Weighting weighting,
    double gamma,
    NoiseSchedule.Rule noiseSchedule,
    int chain,
    double sigmaData,
    int width,
    int levels,
    int patch,
    int blocks,
    boolean attention,
    double dropout,
    boolean conditional,
    double labelDropout)
    implements Family<Diffusion> {
  private static final double HALF_RANGE = 127.5;

  public DiffusionFamily {
    Check.finite("noiseMean", noiseMean);
    Check.positive("noiseDeviation", noiseDeviation);
    Check.positive("gamma", gamma);
    Check.atLeast("chain", chain, 2);
    Check.positive("sigmaData", sigmaData);
    Check.atLeast("width", width, 1);
    Check.atLeast("levels", levels, 1);
    Check.atLeast("patch", patch, 1);
    Check.atLeast("blocks", blocks, 1);
    Check.between("dropout", dropout, 0, Math.nextDown(1.0));
    Check.between("labelDropout", labelDropout, 0, Math.nextDown(1.0));
  }

  /** Predicts the noise, uniform time, linear betas: ho2020denoising, section 4. */
  public static DiffusionFamily ddpm() {
    return of(Parameterisation.EPSILON, NoiseDraw.CHAIN);
  }

  /** Preconditioned, log-normal noise: karras2022elucidating, Table 1. */
  public static DiffusionFamily edm() {
    return of(Parameterisation.EDM, NoiseDraw.LOG_NORMAL);
  }

  /** Straight paths from noise to image: lipman2023flow, Eq. (23). */
  public static DiffusionFamily flowMatching() {
    return of(Parameterisation.VELOCITY, NoiseDraw.EVEN_TIME);
  }

  private static DiffusionFamily of(Parameterisation parameterisation, NoiseDraw draw) {
    return new DiffusionFamily(
        parameterisation,
        draw,
        -1.2, // karras2022elucidating, Table 1
        1.2,
        Weighting.OWN,
        5, // hang2023efficient, section 4.1
        NoiseSchedule.Rule.LINEAR,
        1000,
        0.5, // karras2022elucidating, Table 1
        32, // ours: what two processor cores train in half an hour
        2,
        2,
        1,
        true,
        0,
        false,
        0.1); // ho2022classifier, section 4.1
  }

  /** True for a shape of points: one row, one channel. */
  private static boolean isPoint(ImageShape shape) {
    return shape.height() == 1 && shape.channels() == 1;
  }

  @Override
  public Preprocessing preprocessing(ImageShape shape) {
    if (!isPoint(shape)) {
      return Preprocessing.of(shape);
    }
    double[] zero = new double[shape.channels()];
    double[] one = new double[shape.channels()];
    Arrays.fill(one, 1);
    return new Preprocessing(shape, zero, one);
  }

  /** The architecture of a model for such images; linear layers for points. */
  public Diffusion.Config config(ImageShape shape, int classes) {
    boolean point = isPoint(shape);
    List<Integer> widths = new ArrayList<>();
    for (int level = 0; level < levels; level++) {
      widths.add(point ? width : width << level);
    }
    return new Diffusion.Config(
        shape.channels(),
        shape.height(),
        shape.width(),
        point ? Diffusion.Backbone.MLP : Diffusion.Backbone.UNET,
        widths,
        point ? 1 : patch,
        point ? 1 : blocks,
        !point && attention,
        dropout,
        conditional ? classes : 0,
        parameterisation,
        noiseSchedule,
        chain,
        sigmaData,
        point ? 0 : 1 / HALF_RANGE);
  }

  @Override
  public Diffusion build(ImageShape shape, int classes, long seed) {
    return config(shape, classes).build(seed);
  }

  @Override
  public DiffusionLearner learner(Diffusion model, Preprocessing preprocessing, Course course) {
    return new DiffusionLearner(model, preprocessing, this, course);
  }
}
