package dev.semblance.core.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** The SHA-256 of a set's decoded content: shape, class names, labels, then pixels row by row. */
final class Digest {
  private final MessageDigest sum;

  private Digest(MessageDigest sum) {
    this.sum = sum;
  }

  /** The digest of a set's head; the pixels follow by {@link #add}. */
  static Digest of(ImageShape shape, int[] labels, List<String> classNames) {
    Digest digest = new Digest(sha256());
    ByteBuffer head = ByteBuffer.allocate(16 + 4 * labels.length);
    head.putInt(labels.length).putInt(shape.channels()).putInt(shape.height());
    head.putInt(shape.width());
    head.asIntBuffer().put(labels);
    digest.sum.update(head.array());
    for (String name : classNames) {
      digest.sum.update(name.getBytes(StandardCharsets.UTF_8));
      digest.sum.update((byte) 0);
    }
    return digest;
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime lacks SHA-256; use a standard JDK", e);
    }
  }

  void add(ByteBuffer pixels) {
    sum.update(pixels);
  }

  void add(byte[] pixels) {
    sum.update(pixels);
  }

  String hex() {
    return HexFormat.of().formatHex(sum.digest());
  }
}
