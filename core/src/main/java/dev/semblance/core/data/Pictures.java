package dev.semblance.core.data;

import java.io.IOException;

/** Pictures by index, wherever they are: what a set is made from. Any thread may read. */
interface Pictures {
  int size();

  /** Size and channels, without decoding. */
  ImageShape shape(int index) throws IOException;

  Picture read(int index) throws IOException;

  /** For messages: the file and the place in it. */
  String where(int index);

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
}
