package dev.semblance.generative.vae;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Check;
import dev.semblance.generative.Family;
import dev.semblance.generative.autoencoder.Activation;
import dev.semblance.generative.autoencoder.Body;
import dev.semblance.generative.autoencoder.Trunk;
import java.util.Arrays;

/**
 * Variational autoencoders and, with more than one sample, importance-weighted ones.
 *
 * @param body of the layers
 * @param width of the hidden layers; channels of the first convolution
 * @param depth number of hidden layers
 * @param activation after each
 * @param latent width of the code
 * @param decoder distribution of the pixels
 * @param deviation s of a Gaussian decoder, pixels in 0..1; at the start where it is learned
 * @param binarisation of the pixels
 * @param noisy whether samples draw their pixels too, rather than giving their means
 * @param conditional whether the label stands beside image and code
 * @param labelDropout probability that a training label is left out, in [0, 1)
 * @param samples codes for each image in the training bound
 * @param gradient of the encoder with several samples
 * @param beta factor of the divergence
 * @param betaWarmup part of the run in which beta rises from 0, in [0, 1]
 * @param freeBits nats of the mean divergence of each code value that cost nothing
 */
public record VaeFamily(
    Body body,
    int width,
    int depth,
    Activation activation,
    int latent,
    PixelModel decoder,
    double deviation,
    Binarisation binarisation,
    boolean noisy,
    boolean conditional,
    double labelDropout,
    int samples,
    EncoderGradient gradient,
    double beta,
    double betaWarmup,
    double freeBits)
    implements Family<Vae> {
  /** How the encoder learns from several samples. */
  public enum EncoderGradient {
    /** By the bound's own gradient. */
    PLAIN,
    /**
     * Along the paths of the samples only, weighted by the square of their shares: unbiased too,
     * and its signal does not vanish with many samples. Source: tucker2019doubly, Eq. (9).
     */
    DOUBLY_REPARAMETERISED
  }

  public VaeFamily {
    Check.atLeast("width", width, 1);
    Check.atLeast("depth", depth, 0);
    Check.atLeast("latent", latent, 1);
    Check.positive("deviation", deviation);
    Check.between("labelDropout", labelDropout, 0, Math.nextDown(1.0));
    Check.atLeast("samples", samples, 1);
    Check.notNegative("beta", beta);
    Check.between("betaWarmup", betaWarmup, 0, 1);
    Check.notNegative("freeBits", freeBits);
    if (samples > 1 && freeBits > 0) {
      throw new IllegalArgumentException(
          "freeBits must be 0 with several samples, got "
              + freeBits
              + "; their bound has no separate divergence");
    }
    if (samples == 1 && gradient != EncoderGradient.PLAIN) {
      throw new IllegalArgumentException("gradient must be PLAIN with one sample, got " + gradient);
    }
  }

  /** 784-400-20 with Bernoulli pixels, fresh bits at every step. */
  public static VaeFamily of() {
    return new VaeFamily(
        Body.MLP,
        400, // two hidden units for each of kingma2014auto's 200 latent ones; usual since
        1,
        Activation.RELU,
        20,
        PixelModel.BERNOULLI,
        0.1,
        Binarisation.DYNAMIC, // burda2016importance, section 5.1
        false,
        false,
        0.1, // as ho2021classifierfree drops conditions
        1,
        EncoderGradient.PLAIN,
        1,
        0,
        0);
  }

  /** Two tanh layers of 200, 50 code values, 50 samples: burda2016importance, section 5.1. */
  public static VaeFamily importanceWeighted() {
    return new VaeFamily(
        Body.MLP,
        200,
        2,
        Activation.TANH,
        50,
        PixelModel.BERNOULLI,
        0.1,
        Binarisation.DYNAMIC,
        false,
        false,
        0.1,
        50,
        EncoderGradient.PLAIN,
        1,
        0,
        0);
  }

  @Override
  public Preprocessing preprocessing(ImageShape shape) {
    double[] mean = new double[shape.channels()];
    double[] deviations = new double[shape.channels()];
    Arrays.fill(deviations, 255);
    return new Preprocessing(shape, mean, deviations);
  }

  /** The architecture of a model for such images. */
  public Vae.Config config(ImageShape shape, int classes) {
    return new Vae.Config(
        Trunk.of(shape, body, width, depth, activation),
        conditional ? classes : 0,
        latent,
        decoder,
        deviation,
        binarisation,
        noisy);
  }

  @Override
  public Vae build(ImageShape shape, int classes, long seed) {
    return config(shape, classes).build(seed);
  }

  @Override
  public VaeLearner learner(Vae model, Preprocessing preprocessing, Course course) {
    return new VaeLearner(model, preprocessing, this, course);
  }
}
