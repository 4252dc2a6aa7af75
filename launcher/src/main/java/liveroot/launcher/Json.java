package liveroot.launcher;

/** Writes JSON (RFC 8259), a member at a time. */
final class Json {

    private final StringBuilder text = new StringBuilder();
    private boolean first = true;

    Json open(char bracket) {
        separate();
        text.append(bracket);
        first = true;
        return this;
    }

    Json close(char bracket) {
        text.append(bracket);
        first = false;
        return this;
    }

    Json name(String name) {
        separate();
        quote(name);
        text.append(':');
        first = true;
        return this;
    }

    Json value(String value) {
        separate();
        if (value == null) {
            text.append("null");
        } else {
            quote(value);
        }
        return this;
    }

    Json value(long value) {
        separate();
        text.append(value);
        return this;
    }

    Json value(boolean value) {
        separate();
        text.append(value);
        return this;
    }

    /** JSON that was written elsewhere. */
    Json raw(String json) {
        separate();
        text.append(json);
        return this;
    }

    private void separate() {
        if (!first) {
            text.append(',');
        }
        first = false;
    }

    private void quote(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c < 0x20 || c == 0x7f || Character.isSurrogate(c)) {
                text.append("\\u").append(Integer.toHexString(0x10000 | c), 1, 5);
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
