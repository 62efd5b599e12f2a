package dev.semblance.generative.autoencoder;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Shapes;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * The hidden layers of an encoder; those of its decoder are the same in reverse order.
 *
 * @param channels of the images
 * @param height of the images
 * @param width of the images
 * @param body of the layers
 * @param widths outputs of each layer, values or channels; may be empty
 * @param activation after each layer
 */
public record Trunk(
    int channels, int height, int width, Body body, List<Integer> widths, Activation activation) {
  private static final int DEEPEST = 64;

  public Trunk {
    Check.atLeast("channels", channels, 1);
    Check.atLeast("height", height, 1);
    Check.atLeast("width", width, 1);
    widths.forEach(each -> Check.atLeast("width of a layer", each, 1));
    Check.between("number of layers", widths.size(), 0, DEEPEST);
    widths = List.copyOf(widths);
    int side = Math.min(height, width);
    if (body == Body.CONVOLUTIONAL && (widths.size() > 30 || side >> widths.size() < 1)) {
      throw new IllegalArgumentException(
          "convolutional layers halve the image "
              + widths.size()
              + " times, which "
              + height
              + "x"
              + width
              + " pixels do not allow; set fewer layers or body=mlp");
    }
  }

  /** {@code depth} linear layers of the same width. */
  public static Trunk mlp(ImageShape shape, int width, int depth, Activation activation) {
    return new Trunk(
        shape.channels(),
        shape.height(),
        shape.width(),
        Body.MLP,
        Collections.nCopies(depth, width),
        activation);
  }

  /** {@code depth} convolutions; the first has {@code width} channels, each next twice as many. */
  public static Trunk convolutional(ImageShape shape, int width, int depth, Activation activation) {
    List<Integer> widths =
        IntStream.range(0, depth)
            .mapToObj(layer -> Math.toIntExact((long) width << Math.min(layer, 31)))
            .toList();
    return new Trunk(
        shape.channels(), shape.height(), shape.width(), Body.CONVOLUTIONAL, widths, activation);
  }

  /** Either of the two. */
  public static Trunk of(ImageShape shape, Body body, int width, int depth, Activation activation) {
    Check.atLeast("width", width, 1);
    Check.between("depth", depth, 0, DEEPEST);
    return switch (body) {
      case MLP -> mlp(shape, width, depth, activation);
      case CONVOLUTIONAL -> convolutional(shape, width, depth, activation);
    };
  }

  /**
   * The images themselves.
   *
   * @throws IllegalArgumentException unless they are [n, channels, height, width]
   */
  public Tensor checked(Tensor images) {
    if (images.dim() != 4
        || images.size(1) != channels
        || images.size(2) != height
        || images.size(3) != width) {
      throw new IllegalArgumentException(
          "images must be [n, "
              + channels
              + ", "
              + height
              + ", "
              + width
              + "], got "
              + Shapes.of(images));
    }
    return images;
  }

  /** The number of values of an image. */
  @JsonIgnore
  public int dimensions() {
    return Math.toIntExact((long) channels * height * width);
  }
}
