package dev.semblance.generative.flow;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Check;
import dev.semblance.generative.Family;
import dev.semblance.generative.GenerativeLearner;
import dev.semblance.generative.LogDensity.Support;
import dev.semblance.generative.flow.Flow.Layout;
import dev.semblance.generative.flow.Flow.Transform;
import java.util.Arrays;

/**
 * Normalizing flows. Images of one row are points and their flows are dense, whatever {@code
 * levels} says; all others are pixels.
 *
 * @param layout of the maps
 * @param transform of an element
 * @param bins of a spline; 0 for other transforms
 * @param levels squeezes of an image, each halving its sides; 0: dense nets
 * @param steps as in {@link Flow.Config}
 * @param hidden width of the nets inside
 * @param depth of the nets inside
 * @param plu whether the mixing of channels is kept as factors P L U
 * @param lambda of the logit of pixels; without meaning for points, 0 for layout SPLINE
 * @param conditional whether labels are told
 * @param labelDrop the share of labels hidden in training, in [0, 1]; 0 unless conditional
 */
public record FlowFamily(
    Layout layout,
    Transform transform,
    int bins,
    int levels,
    int steps,
    int hidden,
    int depth,
    boolean plu,
    double lambda,
    boolean conditional,
    double labelDrop)
    implements Family<Flow> {
  public FlowFamily {
    Check.atLeast("bins", bins, 0);
    Check.atLeast("levels", levels, 0);
    Check.atLeast("steps", steps, 1);
    Check.atLeast("hidden", hidden, 1);
    Check.atLeast("depth", depth, 1);
    if (!(lambda >= 0 && lambda < 0.5)) {
      throw new IllegalArgumentException("lambda must be in [0, 0.5), got " + lambda);
    }
    Check.between("labelDrop", labelDrop, 0, 1);
    if (!conditional && labelDrop != 0) {
      throw new IllegalArgumentException(
          "labelDrop must be 0 unless conditional, got " + labelDrop);
    }
  }

  /** Affine couplings by masks. Small nets, for processors; lambda of papamakarios2017masked. */
  public static FlowFamily realnvp() {
    return new FlowFamily(Layout.REALNVP, Transform.AFFINE, 0, 2, 3, 32, 1, false, 1e-6, false, 0);
  }

  /** Actnorm and mixing of channels; kingma2018glow with fewer steps and narrower nets. */
  public static FlowFamily glow() {
    return new FlowFamily(Layout.GLOW, Transform.AFFINE, 0, 2, 8, 32, 1, true, 1e-6, false, 0);
  }

  /**
   * Rational-quadratic splines; 16 bins, since pixels are sharper than the 8 of durkan2019neural.
   */
  public static FlowFamily splineFlow() {
    return new FlowFamily(Layout.SPLINE, Transform.SPLINE, 16, 2, 2, 32, 2, true, 0, false, 0);
  }

  /** Five masked autoregressive maps, as in papamakarios2017masked, with one hidden layer. */
  public static FlowFamily maf() {
    return new FlowFamily(Layout.MAF, Transform.AFFINE, 0, 0, 5, 1024, 1, false, 1e-6, false, 0);
  }

  /** Pixels as they are: mean 0, deviation 1. */
  @Override
  public Preprocessing preprocessing(ImageShape shape) {
    double[] ones = new double[shape.channels()];
    Arrays.fill(ones, 1);
    return new Preprocessing(shape, new double[shape.channels()], ones);
  }

  @Override
  public Flow build(ImageShape shape, int classes, long seed) {
    boolean points = shape.height() == 1;
    return new Flow.Config(
            layout,
            transform,
            bins,
            points ? Support.POINTS : Support.PIXELS,
            shape.channels(),
            shape.height(),
            shape.width(),
            conditional ? Check.atLeast("classes", classes, 1) : 0,
            points ? 0 : levels,
            steps,
            hidden,
            depth,
            plu,
            points ? 0 : lambda)
        .build(seed);
  }

  @Override
  public GenerativeLearner learner(Flow model, Preprocessing preprocessing, Course course) {
    return new FlowLearner(model, preprocessing, labelDrop, course);
  }
}
