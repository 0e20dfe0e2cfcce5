#include "embedded_photographs.h"

// #embed is of C23; the compilers of Swift 6 know it in every version of the language.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char bee[] = {
#embed "../bee.jpg"
};
static const unsigned char bison[] = {
#embed "../bison.jpg"
};
static const unsigned char espresso[] = {
#embed "../espresso.jpg"
};
static const unsigned char frying_pan[] = {
#embed "../frying-pan.jpg"
};
static const unsigned char german_shepherd[] = {
#embed "../german-shepherd.jpg"
};
static const unsigned char giraffe[] = {
#embed "../giraffe.jpg"
};
static const unsigned char goldfish[] = {
#embed "../goldfish.jpg"
};
static const unsigned char koala[] = {
#embed "../koala.jpg"
};
static const unsigned char macaw[] = {
#embed "../macaw.jpg"
};
static const unsigned char mountain[] = {
#embed "../mountain.jpg"
};
static const unsigned char pig[] = {
#embed "../pig.jpg"
};
static const unsigned char red_panda[] = {
#embed "../red-panda.jpg"
};
static const unsigned char scissors[] = {
#embed "../scissors.jpg"
};
static const unsigned char suspension_bridge[] = {
#embed "../suspension-bridge.jpg"
};
static const unsigned char tabby_cat[] = {
#embed "../tabby-cat.jpg"
};
static const unsigned char triumphal_arch[] = {
#embed "../triumphal-arch.jpg"
};
static const unsigned char viaduct[] = {
#embed "../viaduct.jpg"
};
static const unsigned char windmill[] = {
#embed "../windmill.jpg"
};

static const retrograd_photograph photographs[] = {
    {"bee", bee, sizeof bee},
    {"bison", bison, sizeof bison},
    {"espresso", espresso, sizeof espresso},
    {"frying-pan", frying_pan, sizeof frying_pan},
    {"german-shepherd", german_shepherd, sizeof german_shepherd},
    {"giraffe", giraffe, sizeof giraffe},
    {"goldfish", goldfish, sizeof goldfish},
    {"koala", koala, sizeof koala},
    {"macaw", macaw, sizeof macaw},
    {"mountain", mountain, sizeof mountain},
    {"pig", pig, sizeof pig},
    {"red-panda", red_panda, sizeof red_panda},
    {"scissors", scissors, sizeof scissors},
    {"suspension-bridge", suspension_bridge, sizeof suspension_bridge},
    {"tabby-cat", tabby_cat, sizeof tabby_cat},
    {"triumphal-arch", triumphal_arch, sizeof triumphal_arch},
    {"viaduct", viaduct, sizeof viaduct},
    {"windmill", windmill, sizeof windmill},
};

const retrograd_photograph *retrograd_photographs(void) { return photographs; }
size_t retrograd_photograph_count(void) { return sizeof photographs / sizeof *photographs; }
