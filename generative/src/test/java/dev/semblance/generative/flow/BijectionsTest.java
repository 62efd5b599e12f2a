package dev.semblance.generative.flow;

import dev.semblance.core.nn.Weights;
import dev.semblance.generative.Condition;
import dev.semblance.generative.LogDensity.Support;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Nested;

/** Every map of this package under the contract. */
class BijectionsTest {
  private static final Shape DENSE = new Shape(7, 2, 3);
  private static final Shape IMAGES = new Shape(5, 1, 3);

  private static Elementwise affine(Weights weights) {
    return new Affine(weights.constant("limit", 1.3, 1));
  }

  private static Bijection coupling(
      Weights weights, Partition partition, int kept, int changed, Elementwise map) {
    return new Coupling(
        partition,
        new DenseConditioner(weights, "net", kept, changed, map.parameters(), DENSE),
        map);
  }

  private static Bijection imageCoupling(
      Weights weights, Partition partition, int kept, int changed, int side, Elementwise map) {
    return new Coupling(
        partition,
        new ConvConditioner(weights, "net", kept, changed, side, side, map.parameters(), IMAGES),
        map);
  }

  /** Maps of vectors of five values, with labels. */
  abstract static class OfVectors extends BijectionContract {
    @Override
    Tensor items() {
      return FlowTesting.normal(5, 1.5, 4, 5);
    }

    @Override
    Condition condition() {
      return labels();
    }
  }

  /** Maps of images 2x4x4, with labels. */
  abstract static class OfImages extends BijectionContract {
    @Override
    Tensor items() {
      return FlowTesting.normal(5, 1.5, 4, 2, 4, 4);
    }

    @Override
    Condition condition() {
      return labels();
    }
  }

  /** Maps of vectors in the unit box. */
  abstract static class OfShares extends BijectionContract {
    @Override
    Tensor items() {
      return FlowTesting.uniform(5, 4, 5);
    }

    @Override
    Condition condition() {
      return labels();
    }
  }

  @Nested
  class AffineCouplingTest extends OfVectors {
    @Override
    Bijection make(Weights weights) {
      return coupling(weights, new Partition.EveryOther(true), 3, 2, affine(weights));
    }
  }

  @Nested
  class AffineCouplingOfEvenColumnsTest extends OfVectors {
    @Override
    Bijection make(Weights weights) {
      return coupling(weights, new Partition.EveryOther(false), 2, 3, affine(weights));
    }
  }

  @Nested
  class AdditiveCouplingTest extends OfVectors {
    @Override
    Bijection make(Weights weights) {
      return coupling(weights, new Partition.Range(1, 3, 5), 3, 2, new Additive());
    }
  }

  @Nested
  class SigmoidCouplingTest extends OfVectors {
    @Override
    Bijection make(Weights weights) {
      return coupling(weights, new Partition.Range(0, 2, 5), 3, 2, new SigmoidAffine());
    }
  }

  @Nested
  class SplineCouplingTest extends OfVectors {
    @Override
    Bijection make(Weights weights) {
      return coupling(weights, new Partition.Range(2, 5, 5), 2, 3, Spline.of(5));
    }
  }

  @Nested
  class UnitSplineCouplingTest extends OfShares {
    @Override
    Bijection make(Weights weights) {
      return coupling(weights, new Partition.Range(2, 5, 5), 2, 3, Spline.unit(6));
    }
  }

  @Nested
  class CheckerboardTest extends OfImages {
    @Override
    Bijection make(Weights weights) {
      return imageCoupling(weights, new Partition.Checkerboard(true), 4, 4, 2, affine(weights));
    }
  }

  @Nested
  class EvenCheckerboardTest extends OfImages {
    @Override
    Bijection make(Weights weights) {
      return imageCoupling(weights, new Partition.Checkerboard(false), 4, 4, 2, Spline.of(3));
    }
  }

  @Nested
  class ChannelsTest extends OfImages {
    @Override
    Bijection make(Weights weights) {
      return imageCoupling(weights, new Partition.Range(0, 1, 2), 1, 1, 4, affine(weights));
    }
  }

  @Nested
  class MaskedAutoregressiveTest extends OfVectors {
    @Override
    Bijection make(Weights weights) {
      Elementwise map = affine(weights);
      return new Autoregressive(new Made(weights, "made", 5, map.parameters(), DENSE), map);
    }
  }

  @Nested
  class AutoregressiveSplineTest extends OfVectors {
    @Override
    Bijection make(Weights weights) {
      Elementwise map = Spline.of(4);
      return new Autoregressive(new Made(weights, "made", 5, map.parameters(), DENSE), map);
    }
  }

  @Nested
  class InverseAutoregressiveTest extends OfVectors {
    @Override
    Bijection make(Weights weights) {
      Elementwise map = affine(weights);
      return new Inverted(
          new Autoregressive(new Made(weights, "made", 5, map.parameters(), DENSE), map));
    }
  }

  @Nested
  class ActNormOfVectorsTest extends OfVectors {
    @Override
    Bijection make(Weights weights) {
      return ActNorm.of(weights, "norm", 5);
    }
  }

  @Nested
  class ActNormOfImagesTest extends OfImages {
    @Override
    Bijection make(Weights weights) {
      return ActNorm.of(weights, "norm", 2);
    }
  }

  @Nested
  class PlainMixingTest extends OfImages {
    @Override
    Bijection make(Weights weights) {
      return InvertibleConv.plain(weights, "mixing", 2, 4);
    }
  }

  @Nested
  class PlainMixingOfVectorsTest extends OfVectors {
    @Override
    Bijection make(Weights weights) {
      return InvertibleConv.plain(weights, "mixing", 5, 4);
    }
  }

  @Nested
  class FactoredMixingTest extends OfImages {
    @Override
    Bijection make(Weights weights) {
      return InvertibleConv.plu(weights, "mixing", 2, 4);
    }
  }

  @Nested
  class FactoredMixingOfVectorsTest extends OfVectors {
    @Override
    Bijection make(Weights weights) {
      return InvertibleConv.plu(weights, "mixing", 5, 4);
    }
  }

  @Nested
  class SqueezeTest extends OfImages {
    @Override
    Bijection make(Weights weights) {
      return new Squeeze();
    }
  }

  @Nested
  class FlattenTest extends OfImages {
    @Override
    Bijection make(Weights weights) {
      return new Flatten(2, 4, 4);
    }
  }

  @Nested
  class PermutationTest extends OfVectors {
    @Override
    Bijection make(Weights weights) {
      return new Permutation(List.of(3, 0, 4, 1, 2));
    }
  }

  @Nested
  class SplitTest extends OfImages {
    @Override
    Bijection make(Weights weights) {
      Elementwise map = affine(weights);
      Bijection rest =
          new Chain(
              List.of(
                  new Flatten(1, 4, 4),
                  coupling(weights, new Partition.EveryOther(true), 8, 8, map)));
      return new Split(1, 1, 4, 4, rest);
    }
  }

  @Nested
  class LogitTest extends OfShares {
    @Override
    Bijection make(Weights weights) {
      return new Logit(0.05);
    }
  }

  @Nested
  class NarrowLogitTest extends OfShares {
    @Override
    Bijection make(Weights weights) {
      return new Logit(1e-6);
    }
  }

  @Nested
  class ProbitTest extends OfShares {
    @Override
    Bijection make(Weights weights) {
      return new Probit();
    }
  }

  @Nested
  class ChainTest extends OfVectors {
    @Override
    Bijection make(Weights weights) {
      return new Chain(
          List.of(
              ActNorm.of(weights, "norm", 5),
              InvertibleConv.plu(weights, "mixing", 5, 4),
              coupling(weights, new Partition.Range(3, 5, 5), 3, 2, affine(weights)),
              Permutation.reverse(5)));
    }
  }

  /** A whole flow of pixels, as the family puts it together. */
  @Nested
  class PyramidTest extends BijectionContract {
    @Override
    Tensor items() {
      return FlowTesting.uniform(5, 2, 3, 4, 4);
    }

    @Override
    Bijection make(Weights weights) {
      return new FlowLayers(
              new Flow.Config(
                  Flow.Layout.SPLINE,
                  Flow.Transform.SPLINE,
                  4,
                  Support.PIXELS,
                  3,
                  4,
                  4,
                  0,
                  1,
                  2,
                  5,
                  1,
                  false,
                  0),
              weights,
              1)
          .all();
    }
  }
}
