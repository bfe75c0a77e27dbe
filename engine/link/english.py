"""Lower-case words that are English (or a unit) first, whatever vocabulary lists them in capitals.

Chosen as the gene and disease names of the vocabularies that running text writes in lower case often, read by
eye; names that are written in lower case themselves (tau, ras, bax) are left out. Knows nothing else.
"""

from __future__ import annotations

from typing import Final

_WORDS: Final = """
    ab ac acid acids act acts ad add after age ago aid aids aim air al all also am an and ang any apex app apple
    apps arch are arm arms art as ash ask asp at ate atopy au aura back bad band bank bar bark base bat bd be before
    best beta between bid big bind bis bite blast blood boat body bone both bp brain bridge bright bulb but by ca
    cage call calm camel camp camps can cap car card cardinal carp cars cascades case cases cast cat cats cava cc
    cell cent change chi chip cis clamp clip clock cm co cocoa coil cold com coma comet control controls cool cope
    core cow cr cramp crest crop cup cut cycling damage danger de del delta des di did die diet digit dl do dog dogs
    dose drip drug drugs du due dx dyn each ear ears eat effect effects eg eight en end era es et eta ex eye eyes
    face fact factor factors far fast fat fate fats feel fell few find fire fires fish fit five fl flame flap flash
    flu fmol foot for four fox from ft fur fused gain gap gaps gas gene genes genesis get glue gm go goat got gov gr
    great grid grip group groups gum gut had hamster hand has he head heal heart heat heater heel held helix her
    here high him hint hip his hit hits hole home hot hr hrs hub human ice ie if ii im impact in into ip ir iris is
    it itch iv jaw jet kb kidney killer kind kit km la lab lag large laser last lb led left leg legs les less let
    level levels light limit line lines lip liver ln lobe long loss lot low lung lw mail main man many map maps mark
    mask mass mast math max may mean means meet men met mg mice mid min minor minute miss mix ml mm mo mol more most
    mouse ms msec mu much musk must mutant my nail neck net neu neuroblastoma new ng nine nl nm no nodal non nor
    normal not nov now ns nt nude nut oat od odd of old on one only or org os other others our out over own pace pad
    paddy paint palm pan park particle past pen per permit pet pg pick pig pigs pike pilot pin pins plan plane pm po
    pole post pp ppb ppm ppt pre prism prn pro protease protein proteins pt pts qd rabbit race ran rank rat rate
    rates rats raw re red ref rest rho rib rim risk rod role rs sac salt same sc scan scar sd se sea sec see sera
    set seven sex sham sharp she ship short shot simple sit six skin skip so soft some sp span spasm spatial spike
    spin spot spp spring ss steel steep stem step steps stop storm study sub such sun tactile talk tank tap tape tar
    task tax tea ten test tests th than that the then there these theta they thin this those three thymus thyroid
    tic tid tin tip to toll top tops total trade trail traits trap tribal trip tris try tube tuna two type ug under
    up us use used vas vault ve very via vitiligo vs warts was wash wave way well were what when where which while
    white who wild will wire wish with wt ww yes yet yr yrs zeta zip
"""

ENGLISH_WORDS: Final = frozenset(_WORDS.split())
