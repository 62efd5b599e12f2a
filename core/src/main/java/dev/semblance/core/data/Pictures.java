package dev.semblance.core.data;

import java.io.IOException;
import java.util.List;

/** Pictures by index, wherever they are: what a set is made from. Any thread may read. */
interface Pictures extends AutoCloseable {
  int size();

  /** Size and channels, without decoding. */
  ImageShape shape(int index) throws IOException;

  Picture read(int index) throws IOException;

  /** For messages: the file and the place in it. */
  String where(int index);

  @Override
  default void close() throws IOException {}

  /** Pictures of one shape that lie one after the other in memory. */
  record InMemory(String source, ImageShape common, byte[] pixels) implements Pictures {
    @Override
    public int size() {
      return pixels.length / MemoryImages.bytesOf(common);
    }

    @Override
    public ImageShape shape(int index) {
      return common;
    }

    @Override
    public Picture read(int index) {
      int bytes = MemoryImages.bytesOf(common);
      byte[] one = new byte[bytes];
      System.arraycopy(pixels, index * bytes, one, 0, bytes);
      return new Picture(common, one);
    }

    @Override
    public String where(int index) {
      return source + ", image " + index;
    }
  }

  /** The image files of an archive, which closes with them. */
  record InFiles(Archive archive, List<String> paths) implements Pictures {
    private static final int HEAD = 1 << 16;

    @Override
    public int size() {
      return paths.size();
    }

    @Override
    public ImageShape shape(int index) throws IOException {
      String path = paths.get(index);
      byte[] head = archive.head(path, HEAD);
      if (head.length < HEAD) {
        return ImageFiles.shape(head, where(index));
      }
      try {
        return ImageFiles.shape(head, where(index));
      } catch (IOException e) {
        return ImageFiles.shape(archive.read(path), where(index)); // a header longer than the head
      }
    }

    @Override
    public Picture read(int index) throws IOException {
      return ImageFiles.read(archive.read(paths.get(index)), where(index));
    }

    @Override
    public String where(int index) {
      return archive.where(paths.get(index));
    }

    @Override
    public void close() throws IOException {
      archive.close();
    }
  }

  /** The pictures of one, then those of another. */
  record Joined(Pictures first, Pictures second) implements Pictures {
    @Override
    public int size() {
      return first.size() + second.size();
    }

    @Override
    public ImageShape shape(int index) throws IOException {
      return index < first.size() ? first.shape(index) : second.shape(index - first.size());
    }

    @Override
    public Picture read(int index) throws IOException {
      return index < first.size() ? first.read(index) : second.read(index - first.size());
    }

    @Override
    public String where(int index) {
      return index < first.size() ? first.where(index) : second.where(index - first.size());
    }

    @Override
    public void close() throws IOException {
      try (first) {
        second.close();
      }
    }
  }
}
