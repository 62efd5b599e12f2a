package dev.semblance.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Node;

class PngTextTest {
  private static byte[] picture() throws IOException {
    BufferedImage image = new BufferedImage(3, 2, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSample(2, 1, 0, 200);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", out);
    return out.toByteArray();
  }

  @Test
  void textsComeBackAndThePixelsStay() throws Exception {
    byte[] png = PngText.with(picture(), "recipe", "{\"seed\": 7, \"näme\": \"\"}");
    png = PngText.with(png, "second", "");
    assertThat(PngText.read(png, "x"))
        .containsEntry("recipe", "{\"seed\": 7, \"näme\": \"\"}")
        .containsEntry("second", "");
    Wholeness.check(png, "x"); // every checksum
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
    assertThat(image.getRaster().getSample(2, 1, 0)).isEqualTo(200);
  }

  @Test
  void otherReadersFindTheText() throws Exception {
    byte[] png = PngText.with(picture(), "recipe", "sämple");
    var reader = ImageIO.getImageReadersByFormatName("png").next();
    try (var in = ImageIO.createImageInputStream(new ByteArrayInputStream(png))) {
      reader.setInput(in);
      Node tree = reader.getImageMetadata(0).getAsTree("javax_imageio_png_1.0");
      Node entry = null;
      for (Node n = tree.getFirstChild(); n != null; n = n.getNextSibling()) {
        if (n.getNodeName().equals("iTXt")) {
          entry = n.getFirstChild();
        }
      }
      assertThat(entry).isNotNull();
      assertThat(entry.getAttributes().getNamedItem("keyword").getNodeValue()).isEqualTo("recipe");
      assertThat(entry.getAttributes().getNamedItem("text").getNodeValue()).isEqualTo("sämple");
    }
  }

  @Test
  void whatIsNoWholePngIsRefused() throws IOException {
    byte[] png = PngText.with(picture(), "recipe", "text");
    assertThatThrownBy(() -> PngText.read(Arrays.copyOf(png, 45), "cut.png"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cut.png")
        .hasMessageContaining("byte 33");
    assertThatThrownBy(() -> PngText.read(new byte[100], "no.png"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no PNG");
    assertThatThrownBy(() -> PngText.with(png, "", "text"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("keyword");
  }
}
