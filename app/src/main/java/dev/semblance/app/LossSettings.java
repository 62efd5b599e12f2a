package dev.semblance.app;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.semblance.similarity.loss.ArcFaceHead;
import dev.semblance.similarity.loss.ClassRankLoss;
import dev.semblance.similarity.loss.ClassRelation;
import dev.semblance.similarity.loss.ContrastiveLoss;
import dev.semblance.similarity.loss.CosFaceHead;
import dev.semblance.similarity.loss.EmbeddingLoss;
import dev.semblance.similarity.loss.MultiSimilarityLoss;
import dev.semblance.similarity.loss.NormalizedSoftmaxHead;
import dev.semblance.similarity.loss.NtXentLoss;
import dev.semblance.similarity.loss.PositivePairLoss;
import dev.semblance.similarity.loss.ProxyAnchorLoss;
import dev.semblance.similarity.loss.Reduction;
import dev.semblance.similarity.loss.SoftmaxHead;
import dev.semblance.similarity.loss.SupConLoss;
import dev.semblance.similarity.loss.TripletItem;
import dev.semblance.similarity.loss.TripletLoss;
import dev.semblance.similarity.measure.CosineDistance;
import dev.semblance.similarity.measure.EmbeddedDistance;
import dev.semblance.similarity.measure.Euclidean;
import dev.semblance.similarity.measure.SquaredEuclidean;
import dev.semblance.similarity.mine.AllTriplets;
import dev.semblance.similarity.mine.BatchEasyPositive;
import dev.semblance.similarity.mine.BatchHard;
import dev.semblance.similarity.mine.DistanceWeighted;
import dev.semblance.similarity.mine.FaceNetSemiHard;
import dev.semblance.similarity.mine.HardTriplets;
import dev.semblance.similarity.mine.SemiHardTriplets;
import dev.semblance.similarity.mine.TripletSelection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The settings of a loss: keys of {@code --set} beside the common ones. */
sealed interface LossSettings {
  /** What a loss is built for. */
  record Target(List<String> classNames, int width, long seed) {
    int classes() {
      return classNames.size();
    }
  }

  /** The loss. The caller closes it where it owns parameters. */
  EmbeddingLoss build(Target target);

  /**
   * The value at which the loss sits when all distances are equal; NaN where there is no such
   * value.
   */
  default double collapsedValue() {
    return Double.NaN;
  }

  /**
   * Settings of the triplet loss.
   *
   * @param distance {@code squared-euclidean, euclidean, cosine}
   * @param selection {@code semi-hard, facenet, all, hard, batch-hard, easy-positive,
   *     distance-weighted}
   * @param softMargin log(1 + exp) instead of the hinge
   * @param reduction {@code mean, mean-active, per-anchor, sum}
   * @param swap the nearer of anchor and positive to the negative
   */
  @JsonNaming(SnakeCaseStrategy.class)
  record Triplet(
      double margin,
      String distance,
      String selection,
      boolean softMargin,
      String reduction,
      boolean swap)
      implements LossSettings {
    private static final List<String> SELECTIONS =
        List.of(
            "semi-hard",
            "facenet",
            "all",
            "hard",
            "batch-hard",
            "easy-positive",
            "distance-weighted");
    private static final List<String> DISTANCES =
        List.of("squared-euclidean", "euclidean", "cosine");

    static Triplet of(String selection) {
      return new Triplet(0.2, "squared-euclidean", selection, false, "mean", false);
    }

    static Triplet batchHard() {
      return new Triplet(0.2, "euclidean", "batch-hard", true, "mean", false);
    }

    @Override
    public TripletLoss build(Target target) {
      TripletSelection chosen =
          switch (selection) {
            case "semi-hard" -> new SemiHardTriplets(margin);
            case "facenet" -> FaceNetSemiHard.of();
            case "all" -> new AllTriplets();
            case "hard" -> new HardTriplets();
            case "batch-hard" -> new BatchHard();
            case "easy-positive" -> new BatchEasyPositive();
            case "distance-weighted" -> DistanceWeighted.of(target.seed());
            default -> throw Problem.usage(Nearest.message("selection", selection, SELECTIONS));
          };
      EmbeddedDistance measure =
          switch (distance) {
            case "squared-euclidean" -> new SquaredEuclidean();
            case "euclidean" -> new Euclidean();
            case "cosine" -> new CosineDistance();
            default -> throw Problem.usage(Nearest.message("distance", distance, DISTANCES));
          };
      TripletItem item = softMargin ? new TripletItem.SoftMargin() : new TripletItem.Hinge(margin);
      return new TripletLoss(measure, chosen, item, reductionOf(reduction), swap);
    }

    @Override
    public double collapsedValue() {
      return softMargin ? StrictMath.log(2) : margin;
    }
  }

  /** Settings of the contrastive loss: margin in Euclidean distance, below 2 on the unit sphere. */
  @JsonNaming(SnakeCaseStrategy.class)
  record Contrastive(double margin, String reduction) implements LossSettings {
    static Contrastive of() {
      return new Contrastive(1, "mean");
    }

    @Override
    public EmbeddingLoss build(Target target) {
      return ContrastiveLoss.of(margin).withReduction(reductionOf(reduction));
    }
  }

  /**
   * Settings of the positive-only loss. With variance and covariance 0 it collapses, which is what
   * it is here for; the cure of bardes2022vicreg is attraction 25, variance 25, covariance 1.
   */
  @JsonNaming(SnakeCaseStrategy.class)
  record Naive(
      double attraction, double variance, double covariance, double deviation, double epsilon)
      implements LossSettings {
    static Naive of() {
      PositivePairLoss naive = PositivePairLoss.naive();
      return new Naive(
          naive.attraction(),
          naive.variance(),
          naive.covariance(),
          naive.deviation(),
          naive.epsilon());
    }

    @Override
    public EmbeddingLoss build(Target target) {
      return new PositivePairLoss(attraction, variance, covariance, deviation, epsilon);
    }
  }

  /**
   * Settings of the class-relation loss.
   *
   * @param relations {@code A<B<C; ...}: class A is closer to B than C is, by name or number
   * @param margin in squared distance
   * @param reduction {@code mean, mean-active, per-anchor, sum}
   */
  @JsonNaming(SnakeCaseStrategy.class)
  record ClassRank(String relations, double margin, String reduction) implements LossSettings {
    static ClassRank of() {
      return new ClassRank("", 0.2, "mean");
    }

    @Override
    public EmbeddingLoss build(Target target) {
      if (relations.isBlank()) {
        throw Problem.usage(
            "relations must name at least one, got none; for instance --set relations='Sneaker<Ankle boot<Dress'"
                + " says that Sneaker is closer to Ankle boot than Dress is");
      }
      List<ClassRelation> parsed = new ArrayList<>();
      for (String text : relations.split(";")) {
        String[] names = text.split("<");
        if (names.length != 3) {
          throw Problem.usage("a relation must be A<B<C, got " + text.strip());
        }
        parsed.add(
            new ClassRelation(
                number(names[0], target),
                number(names[1], target),
                number(names[2], target),
                margin));
      }
      return ClassRankLoss.of(parsed).withReduction(reductionOf(reduction));
    }

    private static long number(String name, Target target) {
      int index = target.classNames().indexOf(name.strip());
      if (index < 0) {
        throw Problem.usage(Nearest.message("class", name.strip(), target.classNames()));
      }
      return index;
    }
  }

  private static Reduction reductionOf(String name) {
    for (Reduction reduction : Reduction.values()) {
      if (reduction.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(name)) {
        return reduction;
      }
    }
    throw Problem.usage(
        Nearest.message(
            "reduction",
            name,
            Arrays.stream(Reduction.values())
                .map(r -> r.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .toList()));
  }

  /** Softmax on an affine map: nothing to set. */
  record Softmax() implements LossSettings {
    static Softmax of() {
      return new Softmax();
    }

    @Override
    public EmbeddingLoss build(Target target) {
      return new SoftmaxHead(
          SoftmaxHead.Config.of(target.classes(), target.width()), target.seed());
    }
  }

  /** Softmax on unit class vectors: nothing to set. */
  record NormalizedSoftmax() implements LossSettings {
    static NormalizedSoftmax of() {
      return new NormalizedSoftmax();
    }

    @Override
    public EmbeddingLoss build(Target target) {
      return new NormalizedSoftmaxHead(
          NormalizedSoftmaxHead.Config.of(target.classes(), target.width()), target.seed());
    }
  }

  /** Settings of CosFace: scale s and margin m of the cosine. */
  @JsonNaming(SnakeCaseStrategy.class)
  record CosFace(double scale, double margin) implements LossSettings {
    /** Scale 16: with ten classes 64 saturates at once; the margin is the paper's. */
    static CosFace of() {
      return new CosFace(16, 0.35);
    }

    @Override
    public EmbeddingLoss build(Target target) {
      return new CosFaceHead(
          new CosFaceHead.Config(target.classes(), target.width(), scale, margin), target.seed());
    }
  }

  /** Settings of ArcFace: scale s and margin m in radians. */
  @JsonNaming(SnakeCaseStrategy.class)
  record ArcFace(double scale, double marginRadians) implements LossSettings {
    static ArcFace of() {
      return new ArcFace(16, 0.5);
    }

    @Override
    public EmbeddingLoss build(Target target) {
      return new ArcFaceHead(
          new ArcFaceHead.Config(target.classes(), target.width(), scale, marginRadians),
          target.seed());
    }
  }

  /** Settings of NT-Xent. */
  record NtXent(double temperature) implements LossSettings {
    static NtXent of() {
      return new NtXent(NtXentLoss.of().temperature());
    }

    @Override
    public EmbeddingLoss build(Target target) {
      return new NtXentLoss(temperature);
    }
  }

  /** Settings of SupCon. */
  record SupCon(double temperature) implements LossSettings {
    static SupCon of() {
      return new SupCon(SupConLoss.of().temperature());
    }

    @Override
    public EmbeddingLoss build(Target target) {
      return new SupConLoss(temperature);
    }
  }

  /**
   * Settings of the multi-similarity loss: the paper's alpha, beta, lambda and the mining's
   * epsilon.
   */
  @JsonNaming(SnakeCaseStrategy.class)
  record MultiSimilarity(double positiveScale, double negativeScale, double threshold, double slack)
      implements LossSettings {
    static MultiSimilarity of() {
      return new MultiSimilarity(2, 50, 0.5, 0.1);
    }

    @Override
    public EmbeddingLoss build(Target target) {
      return new MultiSimilarityLoss(positiveScale, negativeScale, threshold, slack);
    }
  }

  /** Settings of Proxy-Anchor. */
  record ProxyAnchor(double scale, double margin) implements LossSettings {
    static ProxyAnchor of() {
      return new ProxyAnchor(32, 0.1);
    }

    @Override
    public EmbeddingLoss build(Target target) {
      return new ProxyAnchorLoss(
          new ProxyAnchorLoss.Config(target.classes(), target.width(), scale, margin),
          target.seed());
    }
  }
}
