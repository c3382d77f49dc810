"""Words of headings for what happens in a session, in eleven languages."""

SESSION = {
    "pain": "en pain backpain lbp | de schmerz schmerzen schmerzstärke schmerzintensität schmerzwert"
    " schmerzscore schmerzniveau schmerzskala rückenschmerz rückenschmerzen | fr douleur douleurs mal | es"
    " dolor dolores | it dolore dolori | nl pijn pijnscore rugpijn | sv smärta smärt smärtnivå"
    " smärtskattning ryggsmärta | fi kipu kivun kipua kivut kipuarvio selkäkipu | da smerte smerter"
    " smertescore rygsmerter | no smerte smerter smertescore ryggsmerter | pt dor dores | pl ból bólu bóle"
    " | - nprs nrs vas eva",
    "before": "en before pre prior | de vor vorher zuvor vorab | fr avant | es antes previo | it prima pre"
    " | nl voor vooraf vóór | sv före innan | fi ennen | da før inden | no før | pt antes | pl przed",
    "after": "en after post afterwards following | de nach nachher danach hinterher | fr après | es después"
    " tras post | it dopo post | nl na achteraf erna nadien | sv efter efteråt | fi jälkeen | da efter"
    " bagefter | no etter etterpå | pt depois após | pl po",
    "during": "en during worst max maximum peak highest while | de während dabei maximal maximaler"
    " stärkster schlimmster max | fr pendant pire maximale max | es durante peor máximo | it durante"
    " peggiore massimo | nl tijdens ergste maximale | sv under värsta max | fi aikana pahin suurin | da"
    " under værste max | no under verste maks | pt durante pior máxima máximo | pl podczas najgorszy"
    " maksymalny w_trakcie",
    "supervised": "en supervised supervision attended with_therapist | de betreut beaufsichtigt begleitet"
    " unter_aufsicht angeleitet betreuung | fr supervisé supervisée encadré encadrée accompagné | es"
    " supervisado supervisada supervisión | it supervisionato supervisionata assistito supervisione | nl"
    " begeleid onder_toezicht toezicht | sv handledd övervakad handledning | fi ohjattu valvottu | da"
    " superviseret overvåget supervision | no veiledet overvåket under_veiledning | pt supervisionado"
    " supervisionada acompanhado supervisão | pl nadzorowany nadzorowana nadzorowane pod_nadzorem nadzór",
    "present": "en present | de anwesend | fr présent | es presente | it presente | nl aanwezig | sv"
    " närvarande | fi läsnä paikalla | da tilstede | no tilstede | pt presente | pl obecny",
    "feedback": "en feedback | de rückmeldung feedback | fr retour retours feedback | es retroalimentación"
    " devolución | it riscontro feedback | nl feedback terugkoppeling | sv återkoppling feedback | fi"
    " palaute | da tilbagemelding feedback | no tilbakemelding | pt feedback retorno | pl"
    " informacja_zwrotna feedback",
    "exercise": "en exercise exercises activity activities | de übung übungen übungs | fr exercice"
    " exercices | es ejercicio ejercicios | it esercizio esercizi | nl oefening oefeningen | sv övning"
    " övningar | fi harjoite harjoitteet liike liikkeet harjoitukset | da øvelse øvelser | no øvelse"
    " øvelser | pt exercício exercícios | pl ćwiczenie ćwiczenia ćwiczeń",
    "type": "en type types kind kinds category categories | de art arten typ typen kategorie | fr type"
    " types | es tipo tipos | it tipo tipi | nl soort type | sv typ typer sort | fi tyyppi laji lajit"
    " tyypit | da type typer | no type typer | pt tipo tipos | pl rodzaj rodzaje typ",
    "exercise type": "de übungsart übungsarten | nl oefentype oefenvorm | sv övningstyp övningstyper | fi"
    " harjoitetyyppi harjoitetyypit harjoitustyyppi | da øvelsestype øvelsestyper | no øvelsestype"
    " øvelsestyper | - exercise_types exercise_type",
    "muscle": "en muscle muscles muscle_group muscle_groups | de muskel muskeln muskelgruppe muskelgruppen"
    " muskulatur | fr muscle muscles groupe_musculaire groupes_musculaires | es músculo músculos"
    " grupo_muscular grupos_musculares | it muscolo muscoli gruppo_muscolare gruppi_muscolari | nl spier"
    " spieren spiergroep spiergroepen | sv muskel muskler muskelgrupp muskelgrupper | fi lihas lihakset"
    " lihasryhmä lihasryhmät | da muskel muskler muskelgruppe muskelgrupper | no muskel muskler"
    " muskelgruppe muskelgrupper | pt músculo músculos grupo_muscular grupos_musculares | pl mięsień"
    " mięśnie grupa_mięśniowa grupy_mięśniowe partie_mięśniowe",
    "equipment": "en equipment device devices apparatus aids | de gerät geräte hilfsmittel trainingsgerät"
    " trainingsgeräte | fr matériel équipement appareil | es equipo equipamiento material aparatos | it"
    " attrezzo attrezzi attrezzatura | nl materiaal apparatuur hulpmiddelen toestel | sv utrustning redskap"
    " hjälpmedel | fi väline välineet varusteet laitteet | da udstyr redskaber | no utstyr redskaper | pt"
    " equipamento material aparelhos | pl sprzęt wyposażenie przyrządy",
    "duration": "en duration length elapsed | de dauer trainingsdauer übungsdauer | fr durée | es duración"
    " | it durata | nl duur tijdsduur | sv varaktighet längd | fi kesto | da varighed længde | no varighet"
    " lengde | pt duração | pl czas_trwania długość",
    "effort": "en rpe borg exertion effort intensity srpe | de anstrengung belastungsempfinden"
    " anstrengungsempfinden intensität | fr effort pénibilité intensité | es esfuerzo intensidad | it"
    " sforzo intensità fatica | nl inspanning intensiteit | sv ansträngning intensitet | fi rasitus"
    " rasittavuus kuormittavuus rasitustaso kuormitus | da anstrengelse intensitet | no anstrengelse"
    " intensitet | pt esforço intensidade | pl wysiłek wysiłku intensywność | - rpe borg borga borgskala"
    " borgscore",
    "perceived": "en perceived felt subjective perception | de empfundene subjektive empfunden | fr perçu"
    " ressenti perception | es percibido percepción | it percepito percepita percezione | nl ervaren | sv"
    " upplevd | fi koettu | da oplevet | no opplevd | pt percebido percebida perceção percepção | pl"
    " odczuwany odczuwane",
    "level": "en level step stage progression | de stufe niveau level schwierigkeitsstufe | fr niveau étape"
    " palier | es nivel etapa | it livello | nl niveau stap | sv nivå steg | fi taso vaihe | da niveau trin"
    " | no nivå trinn | pt nível etapa | pl poziom stopień etap",
    "pace": "en pace speed tempo cadence | de tempo geschwindigkeit | fr rythme allure vitesse | es ritmo"
    " velocidad | it ritmo velocità andatura | nl tempo snelheid | sv tempo takt hastighet | fi tahti tempo"
    " vauhti | da tempo fart hastighed | no tempo fart | pt ritmo velocidade | pl tempo szybkość",
    "completed": "en completed completion fulfilled compliance | de erledigt abgeschlossen erfüllt geschafft"
    " absolviert vollständigkeit | fr complété accompli achevé terminé réalisation | es completado cumplido"
    " cumplimiento | it completato completamento | nl voltooid afgerond | sv fullföljt slutfört fullföljd |"
    " fi toteutunut toteuma suoritettu | da gennemført fuldført | no fullført gjennomført | pt concluído"
    " completado | pl ukończono ukończone wykonanie zrealizowano",
    "share": "en share proportion fraction percent percentage pct | de anteil prozent quote | fr part"
    " proportion pourcentage taux | es proporción porcentaje | it quota percentuale | nl aandeel deel"
    " percentage | sv andel procent | fi osuus prosentti | da andel procent | no andel prosent | pt"
    " proporção percentagem porcentagem | pl udział odsetek procent",
    "brace": "en brace corset orthosis lumbar_belt belt | de mieder korsett orthese bandage rückenbandage |"
    " fr corset ceinture_lombaire orthèse | es faja corsé ortesis | it busto corsetto tutore | nl brace"
    " korset | sv korsett stödbälte ortos | fi tukivyö korsetti tukiliivi | da korset støttebælte | no"
    " korsett støttebelte | pt cinta_lombar colete ortótese | pl gorset pas_lędźwiowy orteza",
    "traction": "en traction decompression | de traktion streckung | fr traction décompression | es"
    " tracción descompresión | it trazione decompressione | nl tractie | sv traktion sträckbehandling | fi"
    " traktio vetohoito | da traktion | no traksjon strekk | pt tração descompressão | pl trakcja wyciąg",
    "flare": "en flare flareup flare_up flare_ups exacerbation | de schub schmerzschub verschlimmerung | fr"
    " poussée crise | es brote crisis empeoramiento | it riacutizzazione | nl opvlamming opflakkering"
    " verergering | sv skov försämring | fi pahenemisvaihe paheneminen pahentuminen | da opblussen"
    " forværring | no oppbluss forverring | pt crise agudização agravamento | pl zaostrzenie nasilenie",
    "note": "en note notes comment comments remark remarks free_text freetext | de notiz notizen bemerkung"
    " bemerkungen kommentar anmerkung anmerkungen freitext | fr remarque remarques commentaire commentaires"
    " note notes | es nota notas comentario comentarios observaciones | it nota note commento commenti"
    " osservazioni | nl opmerking opmerkingen notitie notities | sv anteckning anteckningar kommentar"
    " notering | fi huomautus huomautukset muistiinpano kommentti lisätiedot | da bemærkning bemærkninger"
    " notat kommentar | no merknad merknader notat kommentar | pt nota notas comentário comentários"
    " observação observações | pl notatka notatki uwagi komentarz",
    "scale": "en scale score rating | de skala wert bewertung | fr échelle score cotation | es escala"
    " puntuación | it scala punteggio | nl schaal score | sv skala skattning | fi asteikko arvio | da skala"
    " score | no skala skår | pt escala pontuação | pl skala ocena",
    "used": "en used worn taken reported | de verwendet verwendete getragen benutzt | fr utilisé utilisés"
    " porté portée | es utilizado usado usada | it utilizzati usato indossato | nl gebruikt gedragen | sv"
    " använd använda buren | fi käytetty käytetyt | da brugt anvendt båret | no brukt båret | pt utilizado"
    " usado usada | pl używany użyty noszony noszenia",
    "times": "en times | de mal | fr fois | es veces | it volte | nl keer maal | sv gånger ggr | fi kertaa"
    " kerrat | da gange | no ganger | pt vezes | pl razy raz",
}
