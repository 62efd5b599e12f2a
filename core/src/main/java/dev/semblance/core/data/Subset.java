package dev.semblance.core.data;

import dev.semblance.core.tensor.Check;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Some rows of another set, in the given order. Borrows the other set: closing the subset leaves it
 * open.
 */
public final class Subset implements ImageSet {
  private final ImageSet whole;
  private final int[] rows;
  private final String name;

  /** The rows {@code rows} of {@code whole}. */
  public Subset(ImageSet whole, int[] rows, String name) {
    Check.atLeast("number of rows", rows.length, 1);
    for (int row : rows) {
      Check.between("row", row, 0, whole.size() - 1);
    }
    this.whole = whole;
    this.rows = rows.clone();
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int size() {
    return rows.length;
  }

  @Override
  public ImageShape shape() {
    return whole.shape();
  }

  @Override
  public List<String> classNames() {
    return whole.classNames();
  }

  @Override
  public int label(int row) {
    return whole.label(rows[row]);
  }

  @Override
  public String id(int row) {
    return whole.id(rows[row]);
  }

  @Override
  public Tensor images(long... wanted) {
    return whole.images(mapped(wanted));
  }

  @Override
  public void prefetch(long... wanted) {
    whole.prefetch(mapped(wanted));
  }

  private long[] mapped(long... wanted) {
    long[] mapped = new long[wanted.length];
    for (int i = 0; i < wanted.length; i++) {
      mapped[i] = rows[Math.toIntExact(wanted[i])];
    }
    return mapped;
  }

  @Override
  public String digest() {
    ByteBuffer bytes = ByteBuffer.allocate(4 * rows.length);
    bytes.asIntBuffer().put(rows);
    MessageDigest sha = Digest.sha256();
    sha.update(whole.digest().getBytes(StandardCharsets.US_ASCII));
    return HexFormat.of().formatHex(sha.digest(bytes.array()));
  }

  @Override
  public void close() {}
}
