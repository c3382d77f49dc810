"""Words of closed lists of patients and measures, and of yes and no, in eleven languages."""

COURSE_CODES = {
    "sex": {
        "female": "female, woman, girl, weiblich, frau, féminin, femme, femenino, femenina, mujer,"
        " femminile, femmina, donna, vrouw, vrouwelijk, kvinna, kvinnlig, nainen, kvinde, kvinnelig,"
        " kvinne, feminino, mulher, kobieta, żeńska, żeński",
        "male": "male, man, boy, männlich, mann, masculin, homme, masculino, hombre, varón, maschile,"
        " maschio, uomo, mannelijk, manlig, mies, mand, mannlig, homem, mężczyzna, męska, męski",
        "other": "other, diverse, divers, non-binary, nonbinary, autre, otro, no binario, altro, anders,"
        " annat, icke-binär, muu, andet, annet, outro, inna, inne",
    },
    "surgery": {
        "none": "none, no surgery, no, keine, keine operation, nein, aucune, non, sans, ninguna, sin"
        " cirugía, nessuna, nessun intervento, geen, ingen, inget, inga, ei, ei leikkausta, ingen"
        " operation, nenhuma, brak, nie",
        "discectomy": "discectomy, microdiscectomy, diskektomie, bandscheibenoperation, discectomie,"
        " discectomía, microdiscectomía, discectomia, microdiscectomia, diskektomi, mikrodiskektomi,"
        " diskektomia, välilevyleikkaus, diskusprolapsoperation, prolapsoperasjon, discektomi, dyscektomia",
        "decompression": "decompression, laminectomy, laminotomy, dekompression, laminektomie,"
        " décompression, laminectomie, descompresión, laminectomía, decompressione, laminectomia,"
        " decompressie, dekompression, laminektomi, dekompressio, laminektomia, dekompresjon,"
        " descompressão, dekompresja, laminektomia",
        "fusion": "fusion, spinal fusion, spondylodesis, fusion, spondylodese, versteifung, arthrodèse,"
        " fusión, artrodesis, fusione, artrodesi, spondylodese, fusie, steloperation, fusion, luudutus,"
        " luudutusleikkaus, spondylodeesi, stivgørende operation, avstivning, avstivende operasjon, fusão,"
        " artrodese, spondylodeza, usztywnienie",
        "other": "other, andere, sonstige, autre, otra, otro, altra, altro, overig, anders, annan, annat,"
        " muu, anden, andet, annen, annet, outra, outro, inna, inne",
    },
    "start_back": {
        "low": "low, low risk, niedrig, gering, niedriges risiko, faible, bas, risque faible, bajo, bajo"
        " riesgo, basso, basso rischio, laag, laag risico, låg, låg risk, matala, pieni, lav, lav risiko,"
        " baixo, baixo risco, niskie, niski, niskie ryzyko",
        "medium": "medium, moderate, medium risk, mittel, mittleres risiko, moyen, modéré, risque moyen,"
        " medio, moderado, riesgo medio, rischio medio, gemiddeld, matig, gemiddeld risico, medel,"
        " medelhög, måttlig, keskitaso, kohtalainen, keskisuuri, middel, moderat, middels, médio, médio"
        " risco, średnie, średni, umiarkowane",
        "high": "high, high risk, hoch, hohes risiko, élevé, haut, risque élevé, alto, alto riesgo, alto"
        " rischio, hoog, hoog risico, hög, hög risk, korkea, suuri, høj, høy, høj risiko, høy risiko, alto"
        " risco, wysokie, wysoki, wysokie ryzyko",
    },
    "goals": {
        "pain": "pain, less pain, pain relief, schmerz, schmerzen, schmerzlinderung, douleur, dolor,"
        " dolore, pijn, smärta, smärtlindring, kipu, kivunlievitys, smerte, smertelindring, dor, ból",
        "function": "function, functioning, funktion, fonction, función, funzione, functie, funktion,"
        " toimintakyky, funksjon, função, funkcja, sprawność",
        "quality_of_life": "quality of life, quality_of_life, lebensqualität, qualité de vie, calidad de"
        " vida, qualità della vita, qualità di vita, kwaliteit van leven, levenskwaliteit, livskvalitet,"
        " elämänlaatu, qualidade de vida, jakość życia",
        "complications": "complications, avoid complications, komplikationen, complications,"
        " complicaciones, complicazioni, complicaties, komplikationer, komplikaatiot, komplikasjoner,"
        " complicações, powikłania",
    },
    "instrument": {
        "ODI": "odi, oswestry, oswestry disability index, odq",
        "RMDQ": "rmdq, roland morris, roland-morris, rmq, rdq, roland-morris disability questionnaire",
        "PSFS": "psfs, patient specific functional scale, patient-specific functional scale",
        "PROMIS_PI": "promis_pi, promis pi, promis pain interference, pain interference",
        "EQ5D5L": "eq5d5l, eq-5d-5l, eq5d-5l, eq 5d 5l, eq-5d index",
        "NPRS": "nprs, nrs, pain nrs, numeric pain rating scale",
        "lumbar_flexion_deg": "lumbar_flexion_deg, lumbar flexion",
        "sit_reach_cm": "sit_reach_cm, sit and reach, sit-and-reach",
        "core_endurance_s": "core_endurance_s, core endurance",
        "stiffness_min": "stiffness_min, morning stiffness",
        "PGIC": "pgic, patient global impression of change, global impression of change",
    },
}
YES_NO = {
    "yes": {
        "true": "yes, true, 1, ja, wahr, oui, vrai, sí, si, verdadero, sì, vero, waar, kyllä, tosi, sim,"
        " verdadeiro, tak, prawda, checked, on, sant, sandt",
        "false": "no, false, 0, nein, falsch, non, faux, falso, nee, onwaar, nej, falskt, ei, epätosi,"
        " falsk, nei, não, nie, fałsz, unchecked, off, usant",
    },
}
