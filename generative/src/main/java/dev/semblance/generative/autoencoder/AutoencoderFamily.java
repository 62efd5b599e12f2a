package dev.semblance.generative.autoencoder;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Check;
import dev.semblance.generative.Family;
import java.util.Arrays;

/**
 * Autoencoders: plain, regularised, sparse, denoising.
 *
 * @param body of the layers
 * @param width of the hidden layers; channels of the first convolution
 * @param depth number of hidden layers; 0: one linear map each way
 * @param activation after each
 * @param latent width of the code
 * @param code what values the code may have
 * @param active the largest values of a code that are kept; 0: all
 * @param loss of the pixels
 * @param corruption of the images that are encoded; the loss is against the clean ones
 * @param noise its amount: a probability, a share, or a deviation with pixels in 0..1
 * @param weightL1 penalty of the weights
 * @param weightL2 penalty of the weights
 * @param biasL1 penalty of the biases
 * @param biasL2 penalty of the biases
 * @param codeL1 penalty of the code
 * @param codeL2 penalty of the code
 * @param sparsity factor of the divergence of a code value's mean from {@code target}
 * @param target of that mean
 */
public record AutoencoderFamily(
    Body body,
    int width,
    int depth,
    Activation activation,
    int latent,
    Code code,
    int active,
    PixelLoss loss,
    Corruption.Kind corruption,
    double noise,
    double weightL1,
    double weightL2,
    double biasL1,
    double biasL2,
    double codeL1,
    double codeL2,
    double sparsity,
    double target)
    implements Family<Autoencoder> {
  public AutoencoderFamily {
    Check.atLeast("width", width, 1);
    Check.atLeast("depth", depth, 0);
    Check.atLeast("latent", latent, 1);
    Check.between("active", active, 0, latent);
    Corruption.of(corruption, noise);
    new Penalties(
        weightL1, weightL2, biasL1, biasL2, codeL1, codeL2, sparsity, target); // its own checks
    if (sparsity > 0 && code != Code.SIGMOID) {
      throw new IllegalArgumentException(
          "sparsity needs code SIGMOID, whose mean is a share, got " + code);
    }
  }

  /** 784-400-32 with a linear code and squared loss, nothing added. */
  public static AutoencoderFamily of() {
    return new AutoencoderFamily(
        Body.MLP,
        400,
        1,
        Activation.RELU,
        32,
        Code.LINEAR,
        0,
        PixelLoss.SQUARED,
        Corruption.Kind.NONE,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0.05);
  }

  /** One layer of sigmoid units, few of them on: ng2011sparse, section 3, with its numbers. */
  public static AutoencoderFamily sparse() {
    return new AutoencoderFamily(
        Body.MLP,
        400,
        0,
        Activation.SIGMOID,
        200,
        Code.SIGMOID,
        0,
        PixelLoss.SQUARED,
        Corruption.Kind.NONE,
        0,
        0,
        1e-4,
        0,
        0,
        0,
        0,
        3,
        0.05);
  }

  /**
   * One layer of sigmoid units, more than pixels, cross-entropy, three pixels of ten masked:
   * vincent2010stacked, section 6, without tied weights.
   */
  public static AutoencoderFamily denoising() {
    return new AutoencoderFamily(
        Body.MLP,
        400,
        0,
        Activation.SIGMOID,
        1000,
        Code.SIGMOID,
        0,
        PixelLoss.BERNOULLI,
        Corruption.Kind.MASKING,
        0.3,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0.05);
  }

  /** What is done to the images. */
  Corruption corrupted() {
    return Corruption.of(corruption, noise);
  }

  /** What is added to the loss. */
  Penalties penalties() {
    return new Penalties(weightL1, weightL2, biasL1, biasL2, codeL1, codeL2, sparsity, target);
  }

  @Override
  public Preprocessing preprocessing(ImageShape shape) {
    double[] mean = new double[shape.channels()];
    double[] deviations = new double[shape.channels()];
    Arrays.fill(deviations, 255);
    return new Preprocessing(shape, mean, deviations);
  }

  /** The architecture of a model for such images. */
  public Autoencoder.Config config(ImageShape shape) {
    return new Autoencoder.Config(
        Trunk.of(shape, body, width, depth, activation), latent, code, active, loss);
  }

  @Override
  public Autoencoder build(ImageShape shape, int classes, long seed) {
    return config(shape).build(seed);
  }

  @Override
  public AutoencoderLearner learner(Autoencoder model, Preprocessing preprocessing, Course course) {
    return new AutoencoderLearner(model, preprocessing, this, course);
  }
}
