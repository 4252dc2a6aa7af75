package liveroot.fs.udif;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;
import liveroot.fs.Name;

/** Finds the block tables: in an XML property list or, in older images, in a classic resource fork. */
final class TableReader {

    /** Bytes of a list of tables: enough for 400,000 runs, 400 GB. */
    static final int LARGEST = 24 << 20;

    private static final int DEEPEST = 16;

    /** Characters of a table's name that are shown. */
    private static final int LONGEST_NAME = 200;

    private static final int PIECE = 256 << 10;
    private static final int BLKX = 0x626c6b78;

    private final BlockSource source;
    private final BlockCache cache;
    private final Runs runs;
    private final long dataLength;
    private final List<BlockTable> tables = new ArrayList<>();

    /** @param dataLength bytes that runs may lie within */
    TableReader(BlockSource source, BlockCache cache, Runs runs, long dataLength) {
        this.source = source;
        this.cache = cache;
        this.runs = runs;
        this.dataLength = dataLength;
    }

    List<BlockTable> read(Koly koly) throws IOException {
        if (koly.xmlLength() > 0) {
            propertyList(koly.xmlOffset(), bytes(koly.xmlOffset(), koly.xmlLength()));
        } else if (koly.resourceLength() > 0) {
            resourceFork(koly.resourceOffset(), bytes(koly.resourceOffset(), koly.resourceLength()));
        } else {
            throw new BadImageException(
                    source.name(),
                    koly.at(),
                    "a disk image without a list of its blocks, neither XML nor resource fork");
        }
        return tables;
    }

    private byte[] bytes(long at, long length) throws IOException {
        if (length > LARGEST) {
            throw new BadImageException(
                    source.name(),
                    at,
                    "a list of blocks of " + length + " bytes, more than " + LARGEST + " are not read");
        }
        byte[] bytes = new byte[(int) length];
        Block memory = cache.take(PIECE);
        try {
            for (int done = 0; done < bytes.length; ) {
                int n = Math.min(PIECE, bytes.length - done);
                ByteBuffer piece = memory.slice(0, n);
                source.read(at + done, piece);
                piece.flip();
                piece.get(bytes, done, n);
                done += n;
            }
        } finally {
            memory.release();
        }
        return bytes;
    }

    /** plist > dict: resource-fork > dict: blkx > array > dict: Name, Data. */
    private void propertyList(long at, byte[] xml) throws IOException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        // Nothing outside of these bytes is ever read, and no entity expanded.
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
        try {
            // A parser that finds bytes that are no UTF-8 by itself also prints that to standard error.
            XMLStreamReader in = factory.createXMLStreamReader(
                    new InputStreamReader(new ByteArrayInputStream(xml), StandardCharsets.UTF_8));
            String[] keys = new String[DEEPEST];
            int depth = 0;
            String name = "";
            byte[] table = null;
            while (in.hasNext()) {
                int event = next(in);
                if (event == XMLStreamConstants.START_ELEMENT) {
                    String element = in.getLocalName();
                    boolean ofTable = depth == 4 && "resource-fork".equals(keys[1]) && "blkx".equals(keys[2]);
                    if (element.equals("dict") || element.equals("array")) {
                        if (++depth == DEEPEST) {
                            throw new BadImageException(
                                    source.name(), at, "a property list nested " + DEEPEST + " deep");
                        }
                        keys[depth] = null;
                    } else if (element.equals("key")) {
                        keys[depth] = text(in);
                    } else if (ofTable && element.equals("string") && "Name".equals(keys[depth])) {
                        name = text(in);
                    } else if (ofTable && element.equals("data") && "Data".equals(keys[depth])) {
                        table = Base64.getMimeDecoder().decode(text(in));
                    }
                } else if (event == XMLStreamConstants.END_ELEMENT) {
                    String element = in.getLocalName();
                    if (element.equals("dict") || element.equals("array")) {
                        if (depth == 4 && table != null) {
                            table(name, table, at);
                        }
                        if (depth == 4) {
                            name = "";
                            table = null;
                        }
                        depth--;
                    }
                }
            }
        } catch (XMLStreamException | IllegalArgumentException e) {
            throw new BadImageException(
                    source.name(),
                    at,
                    "a property list that cannot be read: " + oneLine(String.valueOf(e.getMessage())));
        }
    }

    /** The JDK's reader answers some bytes that are no XML with exceptions that it does not declare. */
    private static int next(XMLStreamReader in) throws XMLStreamException {
        try {
            return in.next();
        } catch (RuntimeException e) {
            throw new XMLStreamException(e.toString(), e);
        }
    }

    private static String text(XMLStreamReader in) throws XMLStreamException {
        StringBuilder text = new StringBuilder();
        for (int event = next(in); event != XMLStreamConstants.END_ELEMENT; event = next(in)) {
            if (event == XMLStreamConstants.START_ELEMENT) {
                throw new XMLStreamException("<" + in.getLocalName() + "> where text is expected");
            }
            if (in.hasText()) {
                text.append(in.getTextCharacters(), in.getTextStart(), in.getTextLength());
            }
        }
        return text.toString();
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ");
    }

    private void table(String name, byte[] bytes, long at) throws BadImageException {
        String printable =
                Name.printable(name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) + "..." : name);
        tables.add(BlockTable.read(printable, ByteBuffer.wrap(bytes), runs, source.name(), at, dataLength));
    }

    /**
     * Inside Macintosh: More Macintosh Toolbox, chapter 1: header, data, map of types and references. References that share
     * their bytes are refused: thousands of them to one long table would be more runs than memory holds.
     */
    private void resourceFork(long at, byte[] fork) throws BadImageException {
        ByteBuffer b = ByteBuffer.wrap(fork);
        try {
            int data = b.getInt(0);
            int map = b.getInt(4);
            int types = Math.addExact(map, Short.toUnsignedInt(b.getShort(map + 24)));
            int names = Math.addExact(map, Short.toUnsignedInt(b.getShort(map + 26)));
            int typeCount = (b.getShort(types) + 1) & 0xffff;
            long referred = 0;
            for (int t = 0; t < typeCount; t++) {
                int type = types + 2 + 8 * t;
                if (b.getInt(type) != BLKX) {
                    continue;
                }
                int references = types + Short.toUnsignedInt(b.getShort(type + 6));
                int count = (b.getShort(type + 4) + 1) & 0xffff;
                for (int r = 0; r < count; r++) {
                    int reference = references + 12 * r;
                    int nameOffset = Short.toUnsignedInt(b.getShort(reference + 2));
                    int content = Math.addExact(data, b.getInt(reference + 4) & 0xffffff);
                    int length = b.getInt(content);
                    referred += Integer.BYTES + Math.max(0L, length);
                    if (referred > fork.length) {
                        throw new BadImageException(
                                source.name(), at, "a resource fork of " + fork.length + " bytes with tables of more");
                    }
                    byte[] table = new byte[Math.max(0, length)];
                    b.get(content + 4, table);
                    String name = "";
                    if (nameOffset != 0xffff) {
                        byte[] text = new byte[Byte.toUnsignedInt(b.get(names + nameOffset))];
                        b.get(names + nameOffset + 1, text);
                        name = new String(text, StandardCharsets.ISO_8859_1);
                    }
                    table(name, table, at);
                }
            }
        } catch (IndexOutOfBoundsException | ArithmeticException e) {
            throw new BadImageException(
                    source.name(),
                    at,
                    "a resource fork of " + fork.length + " bytes that refers to what lies outside of it");
        }
    }
}
