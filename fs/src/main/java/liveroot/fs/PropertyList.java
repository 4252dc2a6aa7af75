package liveroot.fs;

import com.dd.plist.NSDictionary;
import com.dd.plist.NSNumber;
import com.dd.plist.NSObject;
import com.dd.plist.NSString;
import com.dd.plist.PropertyListParser;
import com.dd.plist.XMLPropertyListParser;
import java.io.ByteArrayInputStream;
import javax.xml.parsers.DocumentBuilder;
import org.xml.sax.helpers.DefaultHandler;

/** A small property list whose root is a dictionary: XML, binary or ASCII. */
public final class PropertyList {

    private final NSDictionary root;

    private PropertyList(NSDictionary root) {
        this.root = root;
    }

    /**
     * Reads one.
     *
     * @param name of what has the bytes, for messages
     * @throws BadImageException if it is none
     */
    public static PropertyList read(byte[] bytes, String name) throws BadImageException {
        NSObject parsed;
        try {
            parsed = isXml(bytes) ? xml(bytes) : PropertyListParser.parse(bytes);
        } catch (Exception | StackOverflowError e) {
            String fault = e instanceof StackOverflowError ? "it is nested too deeply" : e.getMessage();
            throw new BadImageException(name, 0, "not a property list that can be read: " + fault);
        }
        if (!(parsed instanceof NSDictionary dictionary)) {
            throw new BadImageException(name, 0, "a property list that is no dictionary");
        }
        return new PropertyList(dictionary);
    }

    private static boolean isXml(byte[] bytes) {
        int at = 0;
        // Blanks, and the bytes of a byte order mark, which are negative here.
        while (at < bytes.length && bytes[at] <= ' ') {
            at++;
        }
        return at < bytes.length && bytes[at] == '<';
    }

    private static NSObject xml(byte[] bytes) throws Exception {
        DocumentBuilder builder = XMLPropertyListParser.getDocBuilder();
        // The default one prints.
        builder.setErrorHandler(new DefaultHandler());
        return XMLPropertyListParser.parse(builder.parse(new ByteArrayInputStream(bytes)));
    }

    /** The string of that key; null if there is none. */
    public String string(String key) {
        return root.get(key) instanceof NSString string ? string.getContent() : null;
    }

    /** The whole number of that key; -1 if there is none. */
    public long number(String key) {
        return root.get(key) instanceof NSNumber number && number.isInteger() ? number.longValue() : -1;
    }
}
