package dev.semblance.generative.gan;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.train.Optimizer;
import dev.semblance.core.train.Update;
import dev.semblance.generative.Family;
import java.util.List;

/**
 * Generative adversarial networks.
 *
 * <p>What suits beside the family's own settings, always at a constant rate: {@link #gan}, {@link
 * #dcgan} and {@link #cgan} Adam at rate 2e-4, betas (0.5, 0.999), batch 128
 * (radford2016unsupervised, section 4); {@link #wganGp} Adam at rate 1e-4, betas (0, 0.9), batch 64
 * (gulrajani2017improved, Algorithm 1), for which a step of the course is one update of the
 * discriminator. An average of the generator's weights (decay 0.999) helps all of them.
 *
 * @param players the kind of nets
 * @param width of a hidden layer of linear players; channels of the layer next to the image of
 *     convolutional ones, doubled at each further one
 * @param depth hidden layers of linear players; convolutions of stride 2 at most, of which fewer
 *     are made where a side would become odd or less than 4
 * @param latent values of noise
 * @param prior of the noise
 * @param loss what the players minimise
 * @param realTarget what the discriminator is to say of the data; below 1 one-sided smoothing,
 *     which hinge and Wasserstein losses do not have
 * @param penalty on the discriminator's gradient by the images
 * @param penaltyWeight lambda or gamma
 * @param penaltyEvery updates between two R1 penalties
 * @param discriminatorNorm of the discriminator's layers; batch with no penalty only
 * @param conditioning how the players are told the class
 * @param discriminatorSteps updates of the discriminator for one of the generator
 * @param discriminatorRateFactor of the discriminator's rate (heusel2017gans: two time scales)
 * @param discriminatorSgd whether the discriminator learns by plain gradient descent instead
 *     (chintala2016train)
 * @param replay made images that are kept to be shown again; 0: none
 * @param instanceNoise deviation of the noise added to all that the discriminator sees, falling
 *     linearly to 0 at the end of the run (sonderby2017amortised); 0: none
 * @param rollback steps between copies of a healthy state, to which a failing run goes back; 0: no
 *     copies
 */
public record GanFamily(
    Players players,
    int width,
    int depth,
    int latent,
    Prior prior,
    Loss loss,
    double realTarget,
    PenaltyKind penalty,
    double penaltyWeight,
    int penaltyEvery,
    DiscriminatorNorm discriminatorNorm,
    Conditioning conditioning,
    int discriminatorSteps,
    double discriminatorRateFactor,
    boolean discriminatorSgd,
    int replay,
    double instanceNoise,
    int rollback)
    implements Family<Gan> {
  private static final int SMALLEST_SIDE = 4;

  /** Names of {@link GanLoss}. */
  public enum Loss {
    MINIMAX,
    NON_SATURATING,
    LEAST_SQUARES,
    HINGE,
    WASSERSTEIN
  }

  /** Names of {@link Penalty}. */
  public enum PenaltyKind {
    NONE,
    /** {@link Penalty.Gradient}. */
    GRADIENT,
    /** {@link Penalty.R1}. */
    R1
  }

  public GanFamily {
    Check.atLeast("width", width, 1);
    Check.atLeast("depth", depth, 1);
    Check.atLeast("latent", latent, 1);
    Check.between("realTarget", realTarget, Double.MIN_NORMAL, 1);
    if (realTarget < 1 && (loss == Loss.HINGE || loss == Loss.WASSERSTEIN)) {
      throw new IllegalArgumentException(
          "realTarget must be 1 for the loss " + loss + ", got " + realTarget);
    }
    Check.positive("penaltyWeight", penaltyWeight);
    Check.atLeast("penaltyEvery", penaltyEvery, 1);
    if (penalty != PenaltyKind.NONE && discriminatorNorm == DiscriminatorNorm.BATCH) {
      throw new IllegalArgumentException(
          "a penalty on the gradient needs each image judged by itself, got discriminatorNorm"
              + " BATCH; take NONE or SPECTRAL");
    }
    Check.atLeast("discriminatorSteps", discriminatorSteps, 1);
    Check.positive("discriminatorRateFactor", discriminatorRateFactor);
    Check.atLeast("replay", replay, 0);
    Check.notNegative("instanceNoise", instanceNoise);
    Check.atLeast("rollback", rollback, 0);
  }

  /** Linear players and the non-saturating loss. */
  public static GanFamily gan() {
    return new GanFamily(
        Players.MLP,
        256,
        2,
        64,
        Prior.GAUSSIAN, // chintala2016train, 3
        Loss.NON_SATURATING, // goodfellow2014generative, section 3
        1,
        PenaltyKind.NONE,
        10,
        16,
        DiscriminatorNorm.NONE,
        Conditioning.NONE,
        1, // goodfellow2014generative, section 5
        1,
        false,
        0,
        0,
        0);
  }

  /** Convolutional players: radford2016unsupervised, at a third of its width. */
  public static GanFamily dcgan() {
    return new GanFamily(
        Players.DCGAN,
        32,
        4,
        100, // radford2016unsupervised, section 4: latent, prior
        Prior.UNIFORM,
        Loss.NON_SATURATING,
        1,
        PenaltyKind.NONE,
        10,
        16,
        DiscriminatorNorm.BATCH, // section 3
        Conditioning.NONE,
        1,
        1,
        false,
        0,
        0,
        0);
  }

  /** {@link #dcgan} whose players are told the class. */
  public static GanFamily cgan() {
    return dcgan().with(Conditioning.CONCATENATED);
  }

  /** A critic with a penalised gradient: gulrajani2017improved, Algorithm 1. */
  public static GanFamily wganGp() {
    return new GanFamily(
        Players.DCGAN,
        32,
        4,
        128, // gulrajani2017improved, appendix: latent, prior
        Prior.GAUSSIAN,
        Loss.WASSERSTEIN,
        1,
        PenaltyKind.GRADIENT, // Algorithm 1: penalty, steps
        10,
        16,
        DiscriminatorNorm.NONE,
        Conditioning.NONE,
        5,
        1,
        false,
        0,
        0,
        0);
  }

  /** The same with classes told in another way. */
  public GanFamily with(Conditioning conditioning) {
    return new GanFamily(
        players,
        width,
        depth,
        latent,
        prior,
        loss,
        realTarget,
        penalty,
        penaltyWeight,
        penaltyEvery,
        discriminatorNorm,
        conditioning,
        discriminatorSteps,
        discriminatorRateFactor,
        discriminatorSgd,
        replay,
        instanceNoise,
        rollback);
  }

  /** What the players minimise. */
  public GanLoss ganLoss() {
    return switch (loss) {
      case MINIMAX -> new GanLoss.Minimax(realTarget);
      case NON_SATURATING -> new GanLoss.NonSaturating(realTarget, 0);
      case LEAST_SQUARES -> new GanLoss.LeastSquares(realTarget);
      case HINGE -> new GanLoss.Hinge();
      case WASSERSTEIN -> new GanLoss.Wasserstein();
    };
  }

  /** What is added to the discriminator's loss. */
  public Penalty ganPenalty() {
    return switch (penalty) {
      case NONE -> new Penalty.None();
      case GRADIENT -> new Penalty.Gradient(penaltyWeight);
      case R1 -> new Penalty.R1(penaltyWeight, penaltyEvery);
    };
  }

  /** Pixels to -1..1. */
  @Override
  public Preprocessing preprocessing(ImageShape shape) {
    return Preprocessing.of(shape);
  }

  /** Images of one row are points and get no bounded output. */
  @Override
  public Gan build(ImageShape shape, int classes, long seed) {
    return config(shape, classes).build(seed);
  }

  private Gan.Config config(ImageShape shape, int classes) {
    int layers = players == Players.MLP ? depth : halvings(shape);
    Integer[] widths = new Integer[layers];
    for (int i = 0; i < layers; i++) {
      widths[i] = players == Players.MLP ? width : Math.multiplyExact(width, 1 << i);
    }
    return new Gan.Config(
        shape.channels(),
        shape.height(),
        shape.width(),
        conditioning == Conditioning.NONE ? 0 : classes,
        players,
        List.of(widths),
        latent,
        prior,
        shape.height() > 1,
        discriminatorNorm,
        conditioning);
  }

  private int halvings(ImageShape shape) {
    int height = shape.height();
    int width = shape.width();
    int halvings = 0;
    while (halvings < depth
        && height % 2 == 0
        && width % 2 == 0
        && Math.min(height, width) / 2 >= SMALLEST_SIDE) {
      height /= 2;
      width /= 2;
      halvings++;
    }
    if (halvings == 0) {
      throw new IllegalArgumentException(
          "players DCGAN need images whose sides can be halved to 4 or more, got "
              + shape
              + "; resize to 28, 32 or 64, or take players=mlp");
    }
    return halvings;
  }

  @Override
  public GanLearner learner(Gan model, Preprocessing preprocessing, Course course) {
    return new GanLearner(model, preprocessing, this, course);
  }

  /** The discriminator's update: another rate than the given, and plain descent where asked. */
  Update.Config discriminatorUpdate(Update.Config given) {
    Update.Config own = given.faster(discriminatorRateFactor);
    return discriminatorSgd
        ? new Update.Config(
            new Optimizer.Sgd(own.optimizer().rate(), 0, false, 0), own.schedule(), own.clipNorm())
        : own;
  }
}
