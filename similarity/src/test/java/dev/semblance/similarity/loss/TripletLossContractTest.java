package dev.semblance.similarity.loss;

import dev.semblance.similarity.measure.CosineDistance;
import dev.semblance.similarity.measure.Euclidean;
import dev.semblance.similarity.mine.BatchHard;
import dev.semblance.similarity.mine.DistanceWeighted;
import dev.semblance.similarity.mine.FaceNetSemiHard;
import dev.semblance.testkit.EmbeddingLossContract;
import org.junit.jupiter.api.Nested;

class TripletLossContractTest {
  abstract static class Contract extends EmbeddingLossContract {
    abstract EmbeddingLoss subject();

    @Override
    protected Loss loss() {
      return (embeddings, labels, samples) -> {
        LossResult result = subject().of(embeddings, labels, samples);
        return new Outcome(result.value(), result.gradient(), result.active(), result.valid());
      };
    }
  }

  @Nested
  class SemiHard extends Contract {
    @Override
    EmbeddingLoss subject() {
      return TripletLoss.of();
    }
  }

  @Nested
  class SoftBatchHard extends Contract {
    @Override
    EmbeddingLoss subject() {
      return TripletLoss.batchHard();
    }
  }

  @Nested
  class FaceNetOnTheSphere extends Contract {
    @Override
    EmbeddingLoss subject() {
      return TripletLoss.of(0.5)
          .withMeasure(new CosineDistance())
          .withSelection(FaceNetSemiHard.of())
          .withReduction(Reduction.MEAN_ACTIVE);
    }
  }

  @Nested
  class Drawn extends Contract {
    @Override
    EmbeddingLoss subject() {
      return TripletLoss.of(0.5)
          .withMeasure(new CosineDistance())
          .withSelection(DistanceWeighted.of(1));
    }
  }

  @Nested
  class Swapped extends Contract {
    @Override
    EmbeddingLoss subject() {
      return TripletLoss.of(0.5)
          .withMeasure(new Euclidean())
          .withSelection(new BatchHard())
          .withSwap(true)
          .withReduction(Reduction.PER_ANCHOR);
    }
  }
}
