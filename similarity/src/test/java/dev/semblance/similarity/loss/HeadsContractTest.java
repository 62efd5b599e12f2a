package dev.semblance.similarity.loss;

import dev.semblance.testkit.EmbeddingLossContract;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;

/**
 * The heads, proxies and cosine losses, held to the contract of every loss. {@link CircleLoss} is
 * not among them: its gradient is by definition not the derivative of its value.
 */
class HeadsContractTest {
  private static EmbeddingLossContract.Outcome outcome(LossResult result) {
    return new EmbeddingLossContract.Outcome(
        result.value(), result.gradient(), result.active(), result.valid());
  }

  abstract static class OnPairs extends EmbeddingLossContract {
    abstract EmbeddingLoss subject();

    @Override
    protected Loss loss() {
      return (embeddings, labels, samples) -> outcome(subject().of(embeddings, labels, samples));
    }
  }

  /** Makes the loss for the width it meets; a class is a label of the contract's batch. */
  abstract static class WithParameters extends EmbeddingLossContract {
    private final Map<Long, HasParameters> byWidth = new HashMap<>();

    abstract HasParameters subject(int classes, int width);

    @Override
    protected Loss loss() {
      return (embeddings, labels, samples) -> {
        long width = embeddings.dim() == 2 ? embeddings.size(1) : columns();
        EmbeddingLoss loss =
            (EmbeddingLoss) byWidth.computeIfAbsent(width, w -> subject(4, w.intValue()));
        return outcome(loss.of(embeddings, labels, samples));
      };
    }

    @AfterEach
    void close() {
      byWidth.values().forEach(HasParameters::close);
    }

    @Override
    protected boolean needsNegatives() {
      return false;
    }

    @Override
    protected boolean needsPositives() {
      return false;
    }

    @Override
    protected boolean excludesOwnSample() {
      return false;
    }
  }

  @Nested
  class SupCon extends OnPairs {
    @Override
    EmbeddingLoss subject() {
      return SupConLoss.of();
    }
  }

  @Nested
  class NtXent extends OnPairs {
    @Override
    EmbeddingLoss subject() {
      return NtXentLoss.of();
    }

    @Override
    protected long[] labels() {
      return IntStream.range(0, rows()).mapToLong(i -> i % 6).toArray();
    }

    /** More than two rows of a label are refused. */
    @Override
    protected boolean needsNegatives() {
      return false;
    }
  }

  @Nested
  class MultiSimilarity extends OnPairs {
    @Override
    EmbeddingLoss subject() {
      return MultiSimilarityLoss.of();
    }
  }

  @Nested
  class Softmax extends WithParameters {
    @Override
    HasParameters subject(int classes, int width) {
      return new SoftmaxHead(SoftmaxHead.Config.of(classes, width), 3);
    }
  }

  @Nested
  class NormalizedSoftmax extends WithParameters {
    @Override
    HasParameters subject(int classes, int width) {
      return new NormalizedSoftmaxHead(NormalizedSoftmaxHead.Config.of(classes, width), 3);
    }
  }

  @Nested
  class CosFace extends WithParameters {
    @Override
    HasParameters subject(int classes, int width) {
      return new CosFaceHead(CosFaceHead.Config.of(classes, width), 3);
    }
  }

  @Nested
  class ArcFace extends WithParameters {
    @Override
    HasParameters subject(int classes, int width) {
      return new ArcFaceHead(ArcFaceHead.Config.of(classes, width), 3);
    }
  }

  @Nested
  class ProxyAnchor extends WithParameters {
    @Override
    HasParameters subject(int classes, int width) {
      return new ProxyAnchorLoss(ProxyAnchorLoss.Config.of(classes, width), 3);
    }
  }

  @Nested
  class ProxyNca extends WithParameters {
    @Override
    HasParameters subject(int classes, int width) {
      return new ProxyNcaLoss(ProxyNcaLoss.Config.of(classes, width), 3);
    }
  }
}
