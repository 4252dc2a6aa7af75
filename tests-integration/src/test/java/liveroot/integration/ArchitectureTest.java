package liveroot.integration;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The arrows of the design: cache < fs < overlay < launcher; inside fs a format knows no front and a front no format. */
class ArchitectureTest {

    private static final String CACHE = "liveroot.cache..";
    private static final String FS = "liveroot.fs..";
    private static final String OVERLAY = "liveroot.overlay..";
    private static final String FRONTS = "liveroot.fs.fuse..";
    private static final String NATIVE = "liveroot.fs.sys..";
    private static final String JNR_FRONT = "liveroot.fs.fuse.jnr..";
    private static final String[] FORMATS = {
        "liveroot.fs.erofs..",
        "liveroot.fs.ext..",
        "liveroot.fs.hfsplus..",
        "liveroot.fs.host..",
        "liveroot.fs.partition..",
        "liveroot.fs.sparse..",
        "liveroot.fs.squashfs..",
        "liveroot.fs.udif..",
    };

    private static final JavaClasses HOUSE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("liveroot");

    @Test
    void every_module_is_looked_at() {
        for (String name : new String[] {"cache", "fs", "overlay", "launcher"}) {
            assertTrue(
                    HOUSE.stream().anyMatch(c -> c.getPackageName().startsWith("liveroot." + name)),
                    "no class of module " + name + " on the class path");
        }
    }

    @Test
    void cache_uses_nothing_of_ours() {
        noClasses()
                .that()
                .resideInAPackage(CACHE)
                .should()
                .dependOnClassesThat(resideInAPackage("liveroot..").and(not(resideInAPackage(CACHE))))
                .check(HOUSE);
    }

    @Test
    void fs_uses_cache_only() {
        noClasses()
                .that()
                .resideInAPackage(FS)
                .should()
                .dependOnClassesThat(resideInAPackage("liveroot..").and(not(resideInAnyPackage(FS, CACHE))))
                .check(HOUSE);
    }

    @Test
    void overlay_uses_cache_and_fs_only() {
        noClasses()
                .that()
                .resideInAPackage(OVERLAY)
                .should()
                .dependOnClassesThat(resideInAPackage("liveroot..").and(not(resideInAnyPackage(OVERLAY, FS, CACHE))))
                .check(HOUSE);
    }

    @Test
    void overlay_knows_no_front_and_no_format() {
        noClasses()
                .that()
                .resideInAPackage(OVERLAY)
                .should()
                .dependOnClassesThat(resideInAPackage(FS).and(not(resideInAnyPackage("liveroot.fs", NATIVE))))
                .check(HOUSE);
    }

    @Test
    void formats_know_no_front() {
        noClasses()
                .that(resideInAPackage("liveroot.fs..").and(not(resideInAnyPackage("liveroot.fs", FRONTS, NATIVE))))
                .should()
                .dependOnClassesThat(resideInAPackage(FRONTS))
                .check(HOUSE);
    }

    @Test
    void a_format_knows_no_other() {
        for (String format : FORMATS) {
            noClasses()
                    .that()
                    .resideInAPackage(format)
                    .should()
                    .dependOnClassesThat(resideInAnyPackage(FORMATS).and(not(resideInAPackage(format))))
                    .check(HOUSE);
        }
    }

    @Test
    void fronts_know_no_format() {
        noClasses()
                .that()
                .resideInAPackage(FRONTS)
                .should()
                .dependOnClassesThat(resideInAPackage(FS).and(not(resideInAnyPackage("liveroot.fs", FRONTS, NATIVE))))
                .check(HOUSE);
    }

    @Test
    void the_contract_knows_neither_formats_nor_fronts() {
        noClasses()
                .that()
                .resideInAPackage("liveroot.fs")
                .should()
                .dependOnClassesThat(resideInAPackage(FS).and(not(resideInAPackage("liveroot.fs"))))
                .check(HOUSE);
    }

    @Test
    void native_calls_live_in_one_package_in_the_jnr_front_and_in_the_memory_of_the_cache() {
        noClasses()
                .that(resideInAPackage("liveroot..")
                        .and(not(resideInAnyPackage(NATIVE, JNR_FRONT)))
                        .and(not(name("liveroot.cache.MappedMemory"))))
                .should()
                .dependOnClassesThat(resideInAnyPackage("com.kenai.jffi..", "jnr..", "ru.serce.jnrfuse.."))
                .check(HOUSE);
    }
}
