package liveroot.fs.udif;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

final class JoinedCrc32Test {

    @Test
    void partsAndZerosHaveTheChecksumOfTheWhole() {
        Random random = new Random(5);
        for (int round = 0; round < 200; round++) {
            CRC32 whole = new CRC32();
            JoinedCrc32 joined = new JoinedCrc32();
            for (int part = 0; part < 6; part++) {
                byte[] bytes = new byte[random.nextInt(3) == 0 ? random.nextInt(3) : random.nextInt(5000)];
                if (random.nextBoolean()) {
                    joined.addZeros(bytes.length);
                } else {
                    random.nextBytes(bytes);
                    CRC32 crc = new CRC32();
                    crc.update(bytes);
                    joined.add((int) crc.getValue(), bytes.length);
                }
                whole.update(bytes);
                assertEquals((int) whole.getValue(), joined.value());
            }
        }
    }

    @Test
    void anEighthOfAnExabyteOfZerosTakesNoTime() {
        JoinedCrc32 once = new JoinedCrc32();
        once.addZeros(1L << 57);
        JoinedCrc32 pieces = new JoinedCrc32();
        for (int i = 0; i < 1 << 10; i++) {
            pieces.addZeros(1L << 47);
        }
        assertEquals(pieces.value(), once.value());
    }
}
