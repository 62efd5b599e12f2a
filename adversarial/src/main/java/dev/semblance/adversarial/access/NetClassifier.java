package dev.semblance.adversarial.access;

import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.store.Model;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A net of ours on images in 0..1, its preprocessing inside.
 *
 * <p>The net is borrowed. While the classifier is open the net's parameters record no gradient:
 * only that of the images is wanted, and it costs half as much. Closing gives the recording back.
 */
public final class NetClassifier implements Classifier, Inspectable, InDouble, AutoCloseable {
  private final Net net;
  private final Preprocessing preprocessing;
  private final int classes;
  private final boolean own;

  private NetClassifier(Net net, Preprocessing preprocessing, int classes, boolean own) {
    this.net = net;
    this.own = own;
    this.preprocessing = preprocessing;
    this.classes = Check.atLeast("classes", classes, 2);
    record(false);
  }

  /**
   * A model that was trained to classify.
   *
   * @throws IllegalArgumentException for a model without class names, such as an embedder
   */
  public static NetClassifier of(Model model) {
    if (model.classNames().size() < 2) {
      throw new IllegalArgumentException(
          "model must be a classifier with at least 2 named classes, got "
              + model.classNames().size()
              + "; an embedder has no classes to be fooled about");
    }
    return new NetClassifier(model.net(), model.preprocessing(), model.classNames().size(), false);
  }

  /** A net whose {@link Net#forward} gives logits of {@code classes} classes. */
  public static NetClassifier of(Net net, Preprocessing preprocessing, int classes) {
    return new NetClassifier(net, preprocessing, classes, false);
  }

  @Override
  public Tensor logits(Tensor images) {
    try (Scope scope = Scope.open()) {
      Tensor pixels = images.mul(Ops.scalar(255));
      return scope.keep(net.forward(preprocessing.normalize(pixels), Mode.INFERENCE));
    }
  }

  @Override
  public int classes() {
    return classes;
  }

  @Override
  public Box box() {
    return Box.UNIT;
  }

  @Override
  public Map<String, Tensor> weights() {
    return net.weights().all();
  }

  @Override
  public NetClassifier inDouble() {
    Net copy = net.architecture().build(0);
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> values = net.weights().all();
      copy.weights()
          .all()
          .forEach(
              (name, weight) ->
                  weight.__dispatch_set_data(
                      Objects.requireNonNull(values.get(name)).detach().to(ScalarType.Double)));
    }
    return new NetClassifier(copy, preprocessing, classes, true);
  }

  private void record(boolean gradients) {
    try (Scope scope = Scope.open()) {
      net.weights().parameters().values().forEach(weight -> weight.requires_grad_(gradients));
    }
  }

  @Override
  public void close() {
    if (own) {
      net.close();
      return;
    }
    record(true);
  }
}
