"""Words of a session's closed lists in eleven languages: our value = theirs, parted by commas."""

SESSION_CODES = {
    "setting": {
        "clinic": "clinic, in clinic, at the clinic, on site, onsite, in person, practice, outpatient,"
        " praxis, klinik, in der praxis, vor ort, ambulant, clinique, cabinet, au cabinet, centre,"
        " clínica, en clínica, consulta, centro, presencial, clinica, ambulatorio, in sede, studio,"
        " kliniek, praktijk, in de praktijk, op locatie, klinik, kliniken, mottagning, på kliniken, på"
        " mottagningen, klinikka, klinikalla, vastaanotto, vastaanotolla, klinikken, på klinikken,"
        " klinikk, na clínica, consultório, gabinet, w gabinecie, klinika, przychodnia, w klinice,"
        " stacjonarnie",
        "home": "home, at home, home exercise, zu hause, zuhause, daheim, heim, heimtraining, domicile, à"
        " domicile, à la maison, maison, chez soi, casa, en casa, domicilio, a domicilio, a casa, thuis,"
        " huis, aan huis, hemma, hem, i hemmet, koti, kotona, hjemme, hjem, i hjemmet, em casa, domicílio,"
        " ao domicílio, dom, w domu, domowy",
        "telehealth": "telehealth, video, online, remote, remotely, virtual, tele, telemedicine, video"
        " call, zoom, telerehab, videosprechstunde, telemedizin, per video, visio, visioconférence,"
        " téléconsultation, à distance, télésanté, telesalud, videollamada, en línea, a distancia,"
        " telemedicina, videochiamata, da remoto, teleriabilitazione, beeldbellen, op afstand,"
        " videobellen, digitalt, på distans, videosamtal, etä, etänä, etävastaanotto, etäyhteys, video,"
        " virtuelt, på afstand, videokonsultasjon, teleconsulta, à distância, telereabilitação, zdalnie,"
        " zdalny, teleporada, wideo, on-line",
    },
    "feedback": {
        "none": "none, no feedback, no, keine, keins, ohne, nein, aucun, aucune, sans, ninguna, ninguno,"
        " sin, nessuno, nessuna, geen, ingen, inget, inga, ei, ei palautetta, ei mitään, intet, nenhum,"
        " nenhuma, sem, brak, żadna, żadne",
        "verbal": "verbal, oral, spoken, mündlich, verbal, persönlich, oral, orale, verbale, verbal, oral,"
        " a voce, mondeling, verbaal, muntlig, muntligt, suullinen, suullisesti, mundtlig, mundtligt,"
        " muntlig, oralmente, ustna, ustny, ustnie, słowna",
        "written": "written, in writing, message, text, schriftlich, écrit, écrite, par écrit, escrito,"
        " escrita, por escrito, scritto, scritta, per iscritto, schriftelijk, skriftlig, skriftligt,"
        " kirjallinen, kirjallisesti, skriftligt, pisemna, pisemny, pisemnie",
        "call": "call, phone, phone call, telephone, anruf, telefon, telefonisch, telefonat, appel,"
        " téléphone, téléphonique, llamada, telefónica, teléfono, chiamata, telefonata, telefonica,"
        " telefonico, telefoon, telefonisch, gebeld, samtal, telefonsamtal, telefon, puhelu, puhelin,"
        " puhelimitse, opkald, telefonopkald, telefonsamtale, oppringning, chamada, telefonema, telefone,"
        " telefon, telefoniczna, rozmowa telefoniczna",
    },
    "pace": {
        "slow": "slow, langsam, lent, lente, lenta, lento, langzaam, traag, långsam, långsamt, hidas,"
        " hitaasti, langsom, langsomt, sakte, devagar, lenta, wolno, wolne, wolny, powoli",
        "comfortable": "comfortable, moderate, normal, medium, angenehm, mittel, moderat, normal, bequem,"
        " confortable, modéré, modérée, moyen, moyenne, normal, cómodo, cómoda, moderado, moderada,"
        " normal, comodo, moderato, medio, normale, comfortabel, gemiddeld, normaal, matig, bekväm,"
        " bekvämt, lagom, måttlig, mukava, sopiva, kohtalainen, normaali, behageligt, behagelig, moderat,"
        " komfortabel, confortável, moderado, normal, komfortowe, komfortowy, umiarkowane, umiarkowany,"
        " normalne",
        "fast": "fast, quick, brisk, schnell, rasch, zügig, rapide, vite, rápido, rápida, veloce, rapido,"
        " rapida, snel, vlug, snabb, snabbt, nopea, nopeasti, hurtig, hurtigt, rask, raskt, rápido,"
        " szybko, szybkie, szybki",
    },
    "exercise_types": {
        "stretching": "stretching, stretch, flexibility, dehnung, dehnen, dehnübungen, étirement,"
        " étirements, estiramiento, estiramientos, allungamento, stretching, rekken, rekoefeningen,"
        " stretching, töjning, stretchning, venyttely, venytys, udstrækning, udspænding, tøying, tøyning,"
        " uttøyning, alongamento, alongamentos, rozciąganie",
        "strengthening": "strengthening, strength, resistance, kräftigung, kraft, krafttraining,"
        " kräftigen, renforcement, musculation, fortalecimiento, fuerza, rafforzamento, rinforzo, forza,"
        " versterking, kracht, krachttraining, spierversterking, styrka, styrketräning, stärkande, voima,"
        " lihasvoima, vahvistaminen, voimaharjoittelu, styrke, styrketræning, styrketrening,"
        " fortalecimento, força, wzmacnianie, siłowe, wzmacniające",
        "stabilisation": "stabilisation, stabilization, stability, core, core stability, stabilisierung,"
        " rumpfstabilität, stabilisation, gainage, estabilización, core, stabilizzazione, stabilità,"
        " stabilisatie, stabiliteit, stabilisering, stabilitet, bålstabilitet, stabilointi, stabiloiva,"
        " keskivartalo, syvät lihakset, stabilisering, kernestabilitet, kjernestabilitet, estabilização,"
        " stabilizacja, stabilizujące",
        "balance": "balance, gleichgewicht, koordination, balance, équilibre, equilibrio, equilibrio,"
        " evenwicht, balans, balansträning, tasapaino, balance, ligevægt, equilíbrio, równowaga",
        "aerobic": "aerobic, cardio, endurance, aerobics, walking, ausdauer, aérobie, aérobique, cardio,"
        " endurance, aeróbico, aeróbica, cardio, resistencia, aerobica, aerobico, resistenza, cardio,"
        " aeroob, cardio, uithouding, conditie, aerob, kondition, konditionsträning, aerobinen, kestävyys,"
        " kestävyysharjoittelu, aerob, konditionstræning, kondisjon, utholdenhet, aeróbio, aeróbico,"
        " cárdio, aerobowe, wytrzymałość, kardio, wydolność",
        "mobility": "mobility, mobilisation, mobilization, range of motion, beweglichkeit, mobilisation,"
        " mobilität, mobilité, mobilisation, souplesse, movilidad, movilización, mobilità, mobilizzazione,"
        " mobiliteit, mobilisatie, beweeglijkheid, rörlighet, rörlighetsträning, liikkuvuus, bevægelighed,"
        " mobilitet, bevegelighet, mobilidade, mobilização, mobilność, ruchomość, mobilizacja",
        "massage": "massage, self massage, manual therapy, massage, masaje, massaggio, massage, massage,"
        " hieronta, massasje, massagem, masaż",
    },
    "muscle_groups": {
        "abdominals": "abdominals, abs, abdominal, core, bauch, bauchmuskeln, bauchmuskulatur, abdominaux,"
        " abdominales, abdomen, addominali, addome, buikspieren, buik, mage, magmuskler, bukmuskler,"
        " vatsa, vatsalihakset, mave, mavemuskler, magemuskler, mage, abdominais, abdómen, brzuch, mięśnie"
        " brzucha",
        "gluteals": "gluteals, glutes, gluteus, buttocks, gesäß, gesäßmuskeln, po, fessiers, glúteos,"
        " glutei, bilspieren, billen, säte, sätesmuskler, pakarat, pakaralihakset, baller, ballemuskler,"
        " sæde, sete, setemuskler, glúteos, pośladki, mięśnie pośladkowe",
        "hip_flexors": "hip flexors, hip_flexors, iliopsoas, psoas, hüftbeuger, fléchisseurs de hanche,"
        " fléchisseurs de la hanche, flexores de cadera, flexores de la cadera, flessori dell'anca,"
        " flessori anca, heupbuigers, höftböjare, lonkankoukistajat, hoftebøjere, hoftebøyere,"
        " hofteleddsbøyere, flexores da anca, flexores do quadril, zginacze biodra",
        "quadriceps": "quadriceps, quads, oberschenkelvorderseite, cuádriceps, quadricipite, quadricipiti,"
        " quadriceps, lår framsida, framsida lår, etureidet, nelipäinen reisilihas, forlår, forside lår,"
        " quadríceps, czworogłowy, czworogłowe",
        "hamstrings": "hamstrings, hamstring, ischiocrurale, beinbeuger, ischio-jambiers, ischios,"
        " isquiotibiales, isquiosurales, ischiocrurali, femorali, hamstrings, baksida lår, hasmuskler,"
        " takareidet, baglår, haser, hasemuskler, baglårsmuskler, isquiotibiais, kulszowo-goleniowe,"
        " dwugłowy uda",
        "back_extensors": "back extensors, back_extensors, erector spinae, lower back, back,"
        " rückenstrecker, rücken, rückenmuskulatur, extenseurs du dos, dos, lombaires, extensores de"
        " espalda, extensores de la espalda, espalda, lumbares, estensori della schiena, schiena, dorsali,"
        " rugstrekkers, rug, rugspieren, ryggsträckare, rygg, ryggmuskler, selkä, selän ojentajat,"
        " selkälihakset, rygstrækkere, ryg, rygmuskler, ryggstrekkere, extensores das costas, costas,"
        " lombar, prostowniki grzbietu, prostowniki, plecy",
        "other": "other, others, andere, sonstige, autre, autres, otro, otros, otra, altro, altri, overig,"
        " overige, anders, annan, annat, övrigt, muu, muut, andet, øvrige, annet, outro, outros, inne,"
        " inny",
    },
    "equipment": {
        "none": "none, no equipment, bodyweight, keine, keins, ohne, ohne geräte, aucun, sans matériel,"
        " ninguno, sin material, nessuno, nessun attrezzo, geen, ingen, inget, inga, ei mitään, ei"
        " välineitä, ingen redskaber, nenhum, sem material, brak, bez sprzętu",
        "stability_ball": "stability ball, stability_ball, gym ball, swiss ball, exercise ball, ball,"
        " gymnastikball, pezziball, ballon, swissball, pelota, fitball, balón, palla, palla fitness,"
        " gymbal, fitnessbal, bal, balansboll, pilatesboll, boll, jumppapallo, pallo, træningsbold, bold,"
        " treningsball, bola, bola suíça, piłka, piłka gimnastyczna",
        "balance_board": "balance board, balance_board, wobble board, balancebrett, wackelbrett,"
        " therapiekreisel, planche d'équilibre, plateau d'équilibre, tabla de equilibrio, tavoletta,"
        " tavoletta propriocettiva, balansbord, balansplank, balansplatta, balansbräda, tasapainolauta,"
        " balancebræt, vippebræt, balansebrett, prancha de equilíbrio, deska do balansowania, platforma"
        " równoważna",
        "balance_wall": "balance wall, balance_wall, wall, wand, mur, pared, parete, muro, muur, vägg,"
        " seinä, væg, vegg, parede, ściana",
        "band": "band, bands, resistance band, elastic band, theraband, therabänder, theraband,"
        " widerstandsband, élastique, bande élastique, élastiques, banda, banda elástica, goma, elastico,"
        " fascia elastica, elastici, weerstandsband, elastiek, gummiband, träningsband, kuminauha,"
        " vastuskuminauha, elastik, træningselastik, strikk, treningsstrikk, faixa elástica, elástico,"
        " taśma, guma oporowa, taśma oporowa",
        "machine": "machine, machines, weight machine, gym machine, maschine, gerät, trainingsgerät,"
        " kraftgerät, appareil, máquina, máquinas, macchina, macchinario, apparaat, toestel, maskin,"
        " maskiner, laite, kuntosalilaite, maskine, apparat, aparelho, maszyna, urządzenie",
        "mat": "mat, yoga mat, floor mat, matte, gymnastikmatte, übungsmatte, tapis, esterilla,"
        " colchoneta, tappetino, materassino, mat, oefenmat, matta, träningsmatta, matto, jumppamatto,"
        " måtte, træningsmåtte, matte, treningsmatte, colchonete, tapete, mata",
        "other": "other, others, andere, sonstige, autre, autres, otro, otros, otra, altro, altri, overig,"
        " overige, anders, annan, annat, övrigt, muu, muut, andet, øvrige, annet, outro, outros, inne,"
        " inny",
    },
}
