"""Words of headings for a course of care, plans and measures, and for who somebody is."""

COURSE = {
    "intake": "en intake admission enrolment enrollment first_visit first_contact baseline registration |"
    " de aufnahme erstkontakt erstvorstellung erstuntersuchung anmeldung | fr admission inclusion entrée"
    " premier_contact | es ingreso admisión inclusión primera_visita | it ingresso presa_in_carico"
    " prima_visita accettazione all_ingresso | nl intake inschrijving eerste_contact bij_intake | sv"
    " inskrivning intag nybesök första_besök | fi tulotarkastus aloituskäynti ensikäynti alkukartoitus"
    " alkutilanne | da indskrivning optagelse første_besøg | no innskrivning inntak første_besøk | pt"
    " admissão entrada primeira_consulta | pl przyjęcie przyjęcia pierwsza_wizyta przyjęciu",
    "onset": "en onset | de symptombeginn schmerzbeginn erkrankungsbeginn | fr apparition | es aparición |"
    " it insorgenza esordio | nl ontstaan klachtbegin | sv debut insjuknande smärtdebut symtomdebut | fi"
    " oireiden_alku | da symptomdebut debut smertedebut | no symptomdebut debut smertedebut | pt surgimento"
    " aparecimento | pl początek_dolegliwości",
    "since": "en since | de seit | fr depuis | es desde | it da dal | nl sinds sedert | sv sedan | fi"
    " alkaen lähtien | da siden | no siden | pt desde | pl od",
    "symptom": "en symptom symptoms complaint complaints | de symptom symptome beschwerden | fr symptôme"
    " symptômes | es síntoma síntomas | it sintomo sintomi | nl klacht klachten symptomen | sv symptom"
    " besvär symtom | fi oire oireet oireiden | da symptom symptomer | no symptom symptomer plager | pt"
    " sintoma sintomas | pl objaw objawy objawów",
    "referral": "en referral referred | de überweisung überwiesen zuweisung | fr adressage orientation"
    " adressé | es derivación remisión derivado | it invio impegnativa | nl verwijzing verwezen verwijs |"
    " sv remiss remitterad | fi lähete lähetetty lähetteen | da henvisning henvist | no henvisning henvist"
    " | pt encaminhamento encaminhado referenciação | pl skierowanie skierowany skierowania",
    "discharge": "en discharge discharged | de entlassung entlassen austritt | fr sortie | es alta | it"
    " dimissione dimesso | nl ontslag ontslagen uitschrijving | sv utskrivning utskriven | fi uloskirjaus"
    " kotiutus päättyminen | da udskrivning udskrevet | no utskrivning utskrevet | pt alta | pl wypis"
    " wypisu wypisany",
    "surgery": "en surgery operation surgical back_surgery spine_surgery spinal_surgery | de operation op"
    " eingriff rückenoperation | fr chirurgie opération | es cirugía operación | it chirurgia intervento"
    " operazione | nl operatie chirurgie | sv operation kirurgi | fi leikkaus | da operation kirurgi | no"
    " operasjon kirurgi | pt cirurgia operação | pl operacja operacji zabieg",
    "bed rest": "en bed_rest bedrest | de bettruhe | fr alitement repos_au_lit | es reposo_en_cama reposo |"
    " it riposo_a_letto | nl bedrust | sv sängläge sängvila | fi vuodelepo | da sengeleje | no sengeleie |"
    " pt repouso_no_leito repouso | pl leżenie_w_łóżku odpoczynek_w_łóżku",
    "hospital": "en hospital inpatient | de krankenhaus klinikaufenthalt | fr hôpital hospitalisation | es"
    " hospital hospitalización | it ospedale ricovero | nl ziekenhuis | sv sjukhus | fi sairaala"
    " sairaalassa | da hospital sygehus | no sykehus | pt hospital internamento | pl szpital szpitalu",
    "prior": "en prior previous earlier past | de frühere vorherige vorangegangene früherer vorheriger | fr"
    " antérieurs précédents antérieures | es previos anteriores previas | it precedenti | nl eerdere vorige"
    " | sv tidigare | fi aiemmat aikaisemmat aiempia | da tidligere | no tidligere | pt anteriores prévios"
    " | pl wcześniejsze poprzednie",
    "episode": "en episodes episode | de episoden episode | fr épisodes épisode | es episodios episodio |"
    " it episodi episodio | nl episodes episode | sv episoder episod | fi jaksot jaksoja episodit jakso |"
    " da episoder | no episoder | pt episódios episódio | pl epizody epizodów epizod",
    "start back": "- start_back startback start_back_tool sbst keele_start",
    "risk": "en risk stratum risk_group | de risiko risikogruppe | fr risque | es riesgo | it rischio | nl"
    " risico | sv risk riskgrupp | fi riski riskiluokka | da risiko | no risiko | pt risco | pl ryzyko",
    "goal": "en goals goal aims treatment_goal treatment_goals patient_goals | de ziele ziel therapieziel"
    " therapieziele | fr objectifs objectif | es objetivos objetivo metas | it obiettivi obiettivo | nl"
    " doelen doel | sv mål | fi tavoite tavoitteet | da mål | no mål | pt objetivos objetivo metas | pl"
    " cele cel",
    "target": "en target prescribed planned recommended goal_rpe | de ziel soll vorgabe verordnete"
    " verordnet geplant | fr cible prescrit prescrite prévu | es objetivo prescrito prescrita | it"
    " obiettivo prescritto prescritta target | nl doel streef voorgeschreven | sv mål ordinerad målnivå |"
    " fi tavoite määrätty | da mål ordineret | no mål foreskrevet | pt alvo prescrito prescrita meta | pl"
    " docelowy zalecany zalecana cel docelowe docelowa",
    "plan": "en plan prescription programme program | de plan verordnung trainingsplan therapieplan rezept"
    " | fr plan prescription programme | es plan prescripción programa | it piano prescrizione programma |"
    " nl plan voorschrift programma | sv plan ordination program | fi suunnitelma ohjelma määräys | da plan"
    " ordination program | no plan program | pt plano prescrição programa | pl plan zalecenie program",
    "frequency": "en frequency | de häufigkeit frequenz | fr fréquence | es frecuencia | it frequenza | nl"
    " frequentie | sv frekvens | fi tiheys | da frekvens hyppighed | no frekvens hyppighet | pt frequência"
    " | pl częstotliwość częstość",
    "ability": "en ability function capability | de fähigkeit funktion funktionsfähigkeit | fr capacité"
    " fonction | es capacidad función | it capacità funzione abilità | nl vermogen functie | sv förmåga"
    " funktion | fi toimintakyky | da funktionsevne evne | no funksjonsevne evne funksjon | pt capacidade"
    " função | pl sprawność zdolność funkcja",
    "seen": "en seen prescription at_prescription observed | de gesehen bei_verordnung | fr constaté"
    " constatée observé observée à_la_prescription | es observado visto al_prescribir | it osservato visto"
    " alla_prescrizione | nl gezien bij_voorschrift | sv sedd vid_ordination | fi havaittu todettu"
    " määrättäessä | da set observeret ved_ordination | no sett observert ved_forskrivning | pt observado"
    " observada visto na_prescrição | pl stwierdzony obserwowany przy_zaleceniu",
    "instrument": "en instrument questionnaire test survey scale_name measure assessment | de instrument"
    " fragebogen test messinstrument | fr instrument questionnaire test échelle | es instrumento"
    " cuestionario prueba | it strumento questionario test | nl instrument vragenlijst test meetinstrument"
    " | sv instrument frågeformulär enkät mått | fi mittari kysely testi | da instrument spørgeskema test |"
    " no instrument spørreskjema test | pt instrumento questionário teste | pl instrument kwestionariusz"
    " test",
    "item": "en item question item_code | de item frage | fr item question | es ítem pregunta | it item"
    " domanda | nl item vraag | sv item fråga | fi osio kysymys | da item spørgsmål | no ledd spørsmål | pt"
    " item pergunta | pl pozycja pytanie",
    "value": "en value score result rating answer points level | de wert score ergebnis punkte punktwert"
    " antwort | fr valeur score résultat | es valor puntuación resultado puntaje | it valore punteggio"
    " risultato | nl waarde score uitslag resultaat | sv värde poäng resultat | fi arvo pisteet tulos | da"
    " værdi score resultat | no verdi skår resultat poeng | pt valor pontuação resultado | pl wartość wynik"
    " punkty",
    "total": "en total sum overall index | de gesamt summe gesamtwert gesamtscore index | fr total | es"
    " total | it totale | nl totaal | sv total totalt | fi yhteensä summa kokonais | da total i_alt | no"
    " total totalt | pt total | pl suma łącznie",
    "measured": "en measured assessed completed_on measurement assessment | de gemessen erhoben messung"
    " erhebung | fr mesuré mesure évaluation | es medido medición evaluación | it misurato misurazione"
    " valutazione | nl gemeten meting afname | sv mätt mätning | fi mitattu mittaus mittauksen | da målt"
    " måling | no målt måling | pt medido medição avaliação | pl zmierzono pomiar pomiaru badania",
    "initial": "en initial starting first | de ausgangs anfänglicher initialer anfangs | fr initial"
    " initiale | es inicial | it iniziale | nl initiële begin | sv initial utgångs | fi alku lähtö | da"
    " initial start | no initial start | pt inicial | pl początkowy",
    "in bed": "en in_bed | de im_bett | fr au_lit | es en_cama | it a_letto | nl in_bed | sv till_sängs |"
    " fi vuoteessa | da i_sengen | no i_sengen | pt na_cama | pl w_łóżku",
}
PERSON = {
    "name": "en name | de name bezeichnung | fr nom | es nombre | it nome | nl naam | sv namn | fi nimi |"
    " da navn | no navn | pt nome | pl nazwa imię",
    "person": "en surname lastname firstname forename fullname first_name last_name family_name given_name"
    " middle_name patient_name full_name maiden_name initials | de vorname nachname familienname zuname"
    " initialen | fr prénom nom_de_famille nom_patient | es apellido apellidos nombre_completo | it cognome"
    " nome_completo | nl voornaam achternaam | sv förnamn efternamn | fi etunimi sukunimi | da fornavn"
    " efternavn | no fornavn etternavn | pt sobrenome apelido nome_completo | pl nazwisko imię"
    " imię_i_nazwisko",
    "phone": "en phone telephone tel mobile cell cellphone fax | de telefon telefonnummer handy mobil"
    " mobilnummer | fr téléphone portable tél | es teléfono móvil celular | it telefono cellulare | nl"
    " telefoon telefoonnummer mobiel gsm | sv telefon telefonnummer mobil | fi puhelin puhelinnumero gsm |"
    " da telefon mobil telefonnummer | no telefon mobil | pt telefone telemóvel celular | pl telefon"
    " komórka",
    "email": "- email mail e_mail emailadresse sähköposti courriel correo correo_electrónico epost e_post"
    " epostadress",
    "address": "en address street city town postcode zip zipcode postal_code house_number | de adresse"
    " anschrift straße strasse plz postleitzahl wohnort stadt hausnummer | fr adresse rue ville code_postal"
    " | es dirección domicilio calle ciudad código_postal | it indirizzo via città cap comune | nl adres"
    " straat woonplaats postcode | sv adress gata postnummer ort | fi osoite katuosoite postinumero"
    " kaupunki kotikunta | da adresse vej postnummer by | no adresse gate postnummer poststed | pt morada"
    " endereço rua cidade código_postal cep | pl adres ulica miasto kod_pocztowy miejscowość",
    "national number": "en nhs nhs_number ssn social_security nino national_id passport chi_number | de"
    " sozialversicherungsnummer svnr ausweisnummer | fr nir numéro_de_sécurité_sociale sécurité_sociale |"
    " es dni nie nif nhc tarjeta_sanitaria | it codice_fiscale cf tessera_sanitaria | nl bsn"
    " burgerservicenummer | sv personnummer samordningsnummer | fi hetu henkilötunnus henkilötunnuksen sotu"
    " | da cpr cpr_nummer cprnr | no fødselsnummer fnr personnummer | pt nif cpf sns número_de_utente | pl"
    " pesel",
    "insurance": "en insurance insurer policy | de versicherung versichertennummer kvnr krankenkasse kasse"
    " versicherungsnummer kvnummer | fr assurance mutuelle | es seguro aseguradora | it assicurazione | nl"
    " verzekering verzekeraar polisnummer | sv försäkring | fi vakuutus | da forsikring | no forsikring |"
    " pt seguro seguradora | pl ubezpieczenie",
    "kin": "en next_of_kin emergency_contact emergency guardian kin | de angehörige notfallkontakt | fr"
    " proche personne_à_prévenir | es familiar contacto_de_emergencia | it familiare contatto_di_emergenza"
    " | nl contactpersoon naaste | sv anhörig närstående | fi omainen lähiomainen | da pårørende | no"
    " pårørende | pt familiar contacto_de_emergência | pl kontakt_alarmowy opiekun",
}
