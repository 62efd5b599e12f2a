package dev.semblance.generative.eval;

import dev.semblance.core.nn.Embedder;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.store.Model;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A net whose features images are compared by; it stands in the name of every number it makes.
 *
 * <p>Borrows the model.
 */
public final class FeatureNet {
  private static final int AT_ONCE = 500;
  private static final int DIGITS = 8;

  private final Model model;
  private final String name;
  private final String digest;

  private FeatureNet(Model model, String name, String digest) {
    this.model = model;
    this.name = name;
    this.digest = digest;
  }

  /**
   * The features below a model's head.
   *
   * @param name of the net, for people
   */
  public static FeatureNet of(Model model, String name) {
    return new FeatureNet(model, name, digest(model.net()));
  }

  /** The first 8 digits of the SHA-256 over names and values of the weights. */
  public String digest() {
    return digest;
  }

  /** The features of an image. */
  public int width() {
    return model.net().featureWidth();
  }

  /**
   * Net, digest, layer with its width, number of images: {@code FD[cnn, 1f2e3d4c, features/128,
   * 10000]}.
   */
  public String label(String metric, long n) {
    return "%s[%s, %s, features/%d, %d]".formatted(metric, name, digest, width(), n);
  }

  /** Whether the net names classes: an embedder does not. */
  public boolean classifies() {
    return !(model.net() instanceof Embedder) && model.classNames().size() >= 2;
  }

  /** The number of classes it names. */
  public int classes() {
    return model.classNames().size();
  }

  /**
   * The features of images.
   *
   * @param images uint8 [n, c, h, w] of the shape that the net takes
   * @return float64 [n, {@link #width}], in the current scope
   */
  public Tensor features(Tensor images) {
    return inParts(images, x -> model.net().features(x, Mode.INFERENCE).to(ScalarType.Double));
  }

  /**
   * The classes that the net sees.
   *
   * @param images as for {@link #features}
   * @throws IllegalStateException for a net that names no classes
   */
  public long[] classes(Tensor images) {
    if (!classifies()) {
      throw new IllegalStateException(
          name + " is no classifier and names no classes; take a classifier as feature net");
    }
    try (Scope scope = Scope.open()) {
      return Ops.toLongs(
          inParts(
              images,
              x -> model.net().forward(x, Mode.INFERENCE).argmax(new LongOptional(1), false)));
    }
  }

  private Tensor inParts(Tensor images, Function<Tensor, Tensor> body) {
    try (Scope scope = Scope.open()) {
      TensorVector parts = new TensorVector();
      for (long from = 0; from < images.size(0); from += AT_ONCE) {
        Tensor part = images.narrow(0, from, Math.min(AT_ONCE, images.size(0) - from));
        try (Scope inner = Scope.open()) {
          Tensor input = model.preprocessing().apply(part);
          parts.push_back(inner.keep(Ops.withoutGradient(() -> body.apply(input))));
        }
      }
      return scope.keep(torch.cat(parts, 0));
    }
  }

  private static String digest(Net net) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      for (Map.Entry<String, Tensor> weight : new TreeMap<>(net.weights().all()).entrySet()) {
        sha.update(weight.getKey().getBytes(StandardCharsets.UTF_8));
        try (Scope scope = Scope.open()) {
          sha.update(Ops.memory(weight.getValue().detach().contiguous()));
        }
      }
      return HexFormat.of().formatHex(sha.digest()).substring(0, DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return "%s, %s, features/%d".formatted(name, digest, width());
  }
}
