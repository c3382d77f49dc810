"""Words of headings for times, patients and places, in eleven languages."""

WHEN = {
    "date": "en date day | de datum tag | fr date jour | es fecha dia | it data giorno | nl datum dag | sv"
    " datum dag | fi päivämäärä pvm päivä päiväys | da dato dag | no dato dag | pt data dia | pl data daty"
    " dzień",
    "time": "en time clock | de zeit uhrzeit zeitpunkt | fr heure | es hora | it ora orario | nl tijd"
    " tijdstip | sv tid klockslag tidpunkt | fi aika kellonaika klo | da tid tidspunkt klokkeslæt | no tid"
    " tidspunkt klokkeslett | pt hora horário | pl godzina czas",
    "moment": "en datetime timestamp date_time | de zeitstempel trainingszeitpunkt | fr horodatage | nl"
    " datumtijd | sv tidsstämpel starttidpunkt | fi aikaleima ajankohta | da tidsstempel | no tidsstempel",
    "start": "en start started starts begin began beginning | de beginn start anfang begonnen | fr début |"
    " es inicio comienzo | it inizio | nl begin aanvang start | sv start början startade | fi alku aloitus"
    " alkoi alkuaika aloitusaika alussa | da start begyndelse startet | no start startet | pt início começo"
    " | pl początek rozpoczęcie rozpoczęcia start początku",
    "end": "en end ended ends finish finished | de ende | fr fin | es fin final | it fine | nl einde eind |"
    " sv slut | fi loppu päättyi loppuaika lopussa | da slut | no slutt | pt fim término | pl koniec"
    " zakończenie zakończenia końcu",
    "from": "en from valid_from | de von ab gültig_ab gültig_von | fr du depuis_le | es desde | it dal da |"
    " nl van vanaf | sv från | fi alkaen | da fra | no fra | pt de desde | pl od",
    "to": "en to until till valid_to valid_until | de bis gültig_bis | fr au jusqu_au jusqu | es hasta | it"
    " al | nl tot | sv till | fi asti saakka päättyen | da til | no til | pt até | pl do",
    "logged": "en logged recorded entered created saved submitted registered entry authored issued reported"
    " | de erfasst eingetragen erstellt dokumentiert gespeichert protokolliert eingegeben erfassung | fr"
    " saisi saisie enregistré enregistrée créé | es registrado registrada creado anotado registro | it"
    " registrato registrata inserito creato registrazione inserimento | nl ingevoerd vastgelegd"
    " geregistreerd aangemaakt ingevuld invoer | sv registrerad registrerat loggad skapad inmatad"
    " inmatningstid inmatning | fi kirjattu tallennettu luotu merkitty kirjausaika | da registreret"
    " oprettet indtastet logget registrering | no registrert opprettet loggført registrering | pt registado"
    " registrado criado registro registo | pl zapisano wpisano utworzono zarejestrowano wpisu wpis zapis"
    " zapisu",
    "done": "en performed done effective occurrence carried_out | de durchgeführt absolviert durchführung |"
    " fr effectué effectuée réalisé réalisée | es realizado realizada | it eseguito eseguita svolto | nl"
    " uitgevoerd gedaan | sv utförd utfört genomförd genomfört | fi tehty suoritettu suoritusaika | da"
    " udført gennemført | no utført gjennomført | pt realizado realizada | pl wykonano wykonania"
    " przeprowadzono",
    "session": "en session sessions workout training visit encounter exercise_session | de sitzung sitzungs"
    " sitzungen training trainings einheit einheiten übungseinheit trainingseinheit | fr séance séances"
    " entraînement | es sesión sesiones entrenamiento | it seduta sedute sessione allenamento | nl sessie"
    " sessies training trainings | sv pass träningspass träning tränings session passet passets"
    " träningspasset | fi harjoitus harjoituksen harjoituskerta harjoituskerran treeni treenin harjoittelu"
    " harjoitusta harjoittelua treeniä harjoituksia | da session sessioner træning trænings træningspas"
    " træningen | no økt økter trening trenings treningsøkt økten øktens | pt sessão sessões treino | pl"
    " sesja sesji sesje trening treningu treningi treningiem treningów sesją",
    "week": "en week weekly wk | de woche wöchentlich | fr semaine | es semana semanal | it settimana | nl"
    " week | sv vecka veckan | fi viikko viikossa viikoittain | da uge ugen ugentlig | no uke uken | pt"
    " semana | pl tydzień tygodniu tygodniowo",
    "per": "en per each | de pro je | fr par | es por | it per | nl per | sv per | fi per | da per pr | no"
    " per | pt por | pl na",
    "year": "en year years | de jahr jahre | fr année an ans années | es año años | it anno anni | nl jaar"
    " jaren | sv år | fi vuosi | da år | no år | pt ano anos | pl rok lat lata",
    "days": "en days | de tage | fr jours | es días | it giorni | nl dagen | sv dagar | fi päivää päivät |"
    " da dage | no dager | pt dias | pl dni",
    "nights": "en nights | de nächte | fr nuits | es noches | it notti | nl nachten | sv nätter | fi yöt"
    " yötä | da nætter | no netter | pt noites | pl noce nocy",
    "hours": "en hours hour hrs h | de stunden std | fr heures | es horas | it ore | nl uren | sv timmar"
    " tim | fi tunnit tuntia tuntimäärä | da timer | no timer | pt horas | pl godziny godzin godz",
    "minutes": "en minutes mins minute min | de minuten | fr minutes | es minutos | it minuti | nl minuten"
    " | sv minuter | fi minuutit minuuttia | da minutter | no minutter | pt minutos | pl minuty minut",
    "number": "en number no num nr count n | de nummer nr anzahl zahl | fr numéro nombre n° no nº | es"
    " número núm nº | it numero nr n | nl nummer nr aantal | sv nummer nr antal | fi numero nro lukumäärä |"
    " da nummer nr antal | no nummer nr antall | pt número nº | pl numer nr liczba",
    "id": "en id identifier key code ref reference uid uuid pseudonym mrn | de id kennung kürzel schlüssel"
    " code pseudonym | fr id identifiant code | es id identificador código codigo | it id identificativo"
    " codice | nl id code kenmerk | sv id kod | fi id tunnus tunniste koodi | da id kode | no id kode | pt"
    " id identificador código | pl id identyfikator kod",
}
WHO = {
    "patient": "en patient patients participant subject client person record study member user mrn"
    " medical_record pat chart | de patient patienten patientin klient teilnehmer proband pat | fr patient"
    " participant dossier | es paciente participante sujeto | it paziente partecipante soggetto | nl"
    " patiënt cliënt deelnemer | sv patient deltagare klient pat | fi potilas potilaan asiakas asiakkaan"
    " tutkittava | da patient borger pat | no pasient deltaker pas | pt paciente utente participante | pl"
    " pacjent pacjenta uczestnik | - record_id subject_reference subject_id",
    "clinic": "en clinic practice site centre center hospital_site facility organisation organization"
    " branch | de praxis klinik standort zentrum einrichtung | fr clinique cabinet centre établissement |"
    " es clínica centro consulta | it clinica centro ambulatorio studio | nl kliniek praktijk centrum"
    " vestiging | sv klinik mottagning vårdcentral | fi klinikka vastaanotto toimipiste | da klinik"
    " afdeling | no klinikk avdeling | pt clínica centro consultório | pl klinika przychodnia gabinet"
    " poradnia placówka | - redcap_data_access_group data_access_group serviceprovider",
    "therapist": "en therapist physio physiotherapist clinician provider practitioner trainer performer |"
    " de therapeut therapeutin physiotherapeut behandler | fr thérapeute kinésithérapeute kiné praticien |"
    " es terapeuta fisioterapeuta | it terapista fisioterapista | nl therapeut fysiotherapeut behandelaar |"
    " sv terapeut fysioterapeut sjukgymnast behandlare | fi terapeutti fysioterapeutti | da terapeut"
    " fysioterapeut behandler | no terapeut fysioterapeut behandler | pt terapeuta fisioterapeuta | pl"
    " terapeuta fizjoterapeuta",
    "birth": "en birth born dob | de geburt geburts geboren geb | fr naissance né | es nacimiento nac | it"
    " nascita nato | nl geboorte geboren | sv födelse född födelsedatum | fi syntymä syntymäaika syntynyt |"
    " da fødsel fødsels født | no fødsel fødsels født | pt nascimento nasc | pl urodzenia urodzenie ur",
    "birth date": "en birthdate birthday dob date_of_birth | de geburtsdatum geburtstag | nl geboortedatum"
    " | sv födelsedatum födelsedag | fi syntymäaika syntymäpäivä | da fødselsdato fødselsdag | no"
    " fødselsdato fødselsdag",
    "birth year": "en yob birthyear | de geburtsjahr jahrgang | nl geboortejaar | sv födelseår | fi"
    " syntymävuosi | da fødselsår | no fødselsår",
    "age": "en age | de alter lebensalter | fr âge | es edad | it età | nl leeftijd | sv ålder | fi ikä |"
    " da alder | no alder | pt idade | pl wiek",
    "sex": "en sex gender | de geschlecht | fr sexe genre | es sexo género | it sesso genere | nl geslacht"
    " | sv kön | fi sukupuoli | da køn | no kjønn | pt sexo género gênero | pl płeć",
}
WHERE = {
    "place": "en setting place location where venue | de ort setting durchführungsort trainingsort | fr"
    " lieu cadre | es lugar ubicación | it luogo sede | nl plaats locatie | sv plats | fi paikka | da sted"
    " | no sted | pt local lugar | pl miejsce",
    "region": "en region county district | de region bundesland | fr région | es región | it regione | nl"
    " regio | sv region län | fi alue | da region | no region fylke | pt região | pl region województwo",
    "zone": "en time_zone timezone tz | de zeitzone | fr fuseau fuseau_horaire | es zona_horaria | it"
    " fuso_orario | nl tijdzone | sv tidszon | fi aikavyöhyke | da tidszone | no tidssone | pt fuso_horário"
    " | pl strefa_czasowa",
    "language": "en language lang locale | de sprache | fr langue | es idioma lengua | it lingua | nl taal"
    " | sv språk | fi kieli | da sprog | no språk | pt idioma língua | pl język",
    "contact": "en contact contact_person | de kontakt ansprechpartner | fr contact | es contacto | it"
    " contatto referente | nl contact contactpersoon | sv kontakt kontaktperson | fi yhteyshenkilö | da"
    " kontakt kontaktperson | no kontakt kontaktperson | pt contacto contato | pl kontakt",
}
