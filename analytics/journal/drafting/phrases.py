"""What a heading says of each of our columns, as concepts: the same in every language.

'~' marks a phrase that may also mean something else, '?' one that leaves open which of several columns it is.
"""

PHRASES = {
    "sessions": {
        "clinic_id": "clinic | clinic+id | ~clinic+name",
        "patient_id": "patient+id | patient+number | ~patient | ~id | ~id+number",
        "performed_at": "session+start | session+date | session+moment | session+done | done | done+date |"
        " session+date+time | ~session+time | ~start | ~start+date | ~start+time | ~date | ~date+time |"
        " ~moment | ~session",
        "logged_at": "logged | logged+date | logged+time | logged+moment | logged+date+time",
        "setting": "place",
        "supervised": "supervised | therapist+present",
        "therapist_id": "therapist | therapist+id | therapist+number | therapist+name",
        "feedback": "feedback | therapist+feedback",
        "exercise_types": "exercise type | exercise+type | exercise | ~session+type | ~type | ~exercise+name",
        "muscle_groups": "muscle",
        "equipment": "equipment",
        "duration_min": "duration | minutes | duration+minutes | session+duration | session+minutes |"
        " exercise+duration | exercise+minutes | ~session+time | time+minutes | ~time",
        "rpe": "effort | perceived+effort | session+effort",
        "level": "level | exercise+level",
        "pace": "pace",
        "completed": "completed | share+completed | share+done | share+session | ~share",
        "pain_before": "pain+before | ~pain+start | ?pain",
        "pain_after": "pain+after | ~pain+end | ?pain",
        "pain_during": "pain+during | ?pain",
        "brace_hours": "brace+hours | brace",
        "traction": "traction",
        "flare_up": "flare",
    },
    "patients": {
        "clinic_id": "clinic | clinic+id | ~clinic+name",
        "patient_id": "patient+id | patient+number | patient | ~id | ~id+number",
        "intake_date": "intake | intake+date | ~start+date | ?date",
        "birth_date": "birth date | birth+date | ~birth",
        "birth_year": "birth year | birth+year",
        "age": "age | age+intake",
        "sex": "sex",
        "onset_date": "onset | onset+date | onset+symptom | onset+pain | pain+since | pain+start |"
        " symptom+since | symptom+start | ~since",
        "referral_date": "referral | referral+date",
        "discharge_date": "discharge | discharge+date | ~end+date",
        "surgery": "surgery | surgery+type",
        "surgery_date": "surgery+date",
        "bed_rest_days": "bed rest | bed rest+days | in bed+days",
        "hospital_nights": "hospital+nights",
        "prior_episodes": "prior+episode | number+episode | prior+number+episode | prior+pain+episode",
        "start_back": "start back | start back+risk",
        "baseline_pain": "pain+intake | pain+start | pain+initial | ?pain",
        "goals": "goal",
    },
    "plans": {
        "clinic_id": "clinic | clinic+id | ~clinic+name",
        "patient_id": "patient+id | patient+number | ~patient | ~id | ~id+number",
        "valid_from": "from | plan+start | plan+from | from+date | start+date | ~start | ?date",
        "valid_to": "to | plan+end | plan+to | to+date | end+date | ~end",
        "sessions_per_week": "session+week | session+per+week | frequency+week | number+session+week |"
        " times+week | times+per+week | frequency+per+week | ~frequency | ~per+week",
        "minutes_per_session": "minutes+session | minutes+per+session | duration+session |"
        " duration+per+session | target+duration | target+minutes | duration | minutes | duration+minutes",
        "target_rpe": "target+effort | effort",
        "level": "level | exercise+level | target+level",
        "pain_at_prescription": "pain+seen | pain+plan | ?pain",
        "ability_at_prescription": "ability+seen | ability+plan | ability",
        "setting": "place",
    },
    "measures": {
        "clinic_id": "clinic | clinic+id | ~clinic+name",
        "patient_id": "patient+id | patient+number | ~patient | ~id | ~id+number",
        "measured_on": "measured | measured+date | date | session+date | ~logged | ~logged+date | ~moment",
        "instrument": "instrument",
        "item": "item | item+number | item+id",
        "value": "value | total+value | total",
    },
    "clinics": {
        "clinic_id": "clinic+id | id | ~clinic",
        "clinic_name": "clinic+name | name | ~clinic",
        "region": "region",
        "time_zone": "zone",
        "language": "language",
        "contact": "contact | email",
    },
}
PERSONAL = {
    "a person's name": "person | patient+name | name | ~patient",
    "a telephone number": "phone | phone+number",
    "an e-mail address": "email",
    "an address": "address",
    "a national or insurance number": "national number | insurance | insurance+number | insurance+id",
    "a relative or a contact": "kin | kin+name | kin+phone | kin+contact",
    "free text": "note | patient+note | session+note | therapist+note",
}
# what may stand beside a phrase without changing what the column is
BESIDE = {
    "": frozenset({"patient", "session", "exercise", "perceived", "used"}),
    "number": frozenset({"value", "number", "level", "share", "scale", "year"}),
    "moment": frozenset({"date", "time", "moment"}),
    "id": frozenset({"number", "id"}),
    "yes": frozenset({"present", "done"}),
}
