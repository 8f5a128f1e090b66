"""What the form behind a confidential link says, in each language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "title": "Confidential information",
        "promise": "What you enter here is encrypted, seen only by those who need it, and deleted after"
        " {days} days. It does not appear in the chat.",
        "once": "You can send this form once.",
        "answer": "Your answer",
        "optional": "optional",
        "send": "Send",
        "wrong": "Please look at the marked fields.",
        "missing": "Please fill this in.",
        "too_long": "This is too long.",
        "thanks": "Thank you. Your answer arrived safely; you can close this page.",
        "used": "This form was sent already. If that was not you, please write to us.",
        "over": "This link works no longer. Please ask us for a new one.",
        "unknown": "This link leads nowhere. Please check that it is complete.",
    },
    "it": {
        "title": "Informazioni confidenziali",
        "promise": "Quello che inserisce qui è cifrato, visibile solo a chi ne ha bisogno, e viene eliminato"
        " dopo {days} giorni. Non compare nella chat.",
        "once": "Può inviare questo modulo una sola volta.",
        "answer": "La sua risposta",
        "optional": "facoltativo",
        "send": "Invia",
        "wrong": "Controlli i campi evidenziati.",
        "missing": "Compili questo campo.",
        "too_long": "Il testo è troppo lungo.",
        "thanks": "Grazie. La sua risposta è arrivata al sicuro; può chiudere questa pagina.",
        "used": "Questo modulo è già stato inviato. Se non è stato lei, ci scriva.",
        "over": "Questo link non funziona più. Ce ne chieda uno nuovo.",
        "unknown": "Questo link non porta a nulla. Controlli che sia completo.",
    },
    "fr": {
        "title": "Informations confidentielles",
        "promise": "Ce que vous saisissez ici est chiffré, visible seulement par les personnes concernées, et"
        " supprimé après {days} jours. Rien n'apparaît dans la conversation.",
        "once": "Vous pouvez envoyer ce formulaire une seule fois.",
        "answer": "Votre réponse",
        "optional": "facultatif",
        "send": "Envoyer",
        "wrong": "Veuillez vérifier les champs signalés.",
        "missing": "Veuillez remplir ce champ.",
        "too_long": "Le texte est trop long.",
        "thanks": "Merci. Votre réponse est bien arrivée ; vous pouvez fermer cette page.",
        "used": "Ce formulaire a déjà été envoyé. Si ce n'était pas vous, écrivez-nous.",
        "over": "Ce lien ne fonctionne plus. Demandez-nous-en un nouveau.",
        "unknown": "Ce lien ne mène nulle part. Vérifiez qu'il est complet.",
    },
    "pt": {
        "title": "Informações confidenciais",
        "promise": "O que escrever aqui é cifrado, visto apenas por quem precisa, e eliminado após {days}"
        " dias. Não aparece na conversa.",
        "once": "Pode enviar este formulário uma única vez.",
        "answer": "A sua resposta",
        "optional": "opcional",
        "send": "Enviar",
        "wrong": "Verifique os campos assinalados.",
        "missing": "Preencha este campo.",
        "too_long": "O texto é demasiado longo.",
        "thanks": "Obrigado. A sua resposta chegou em segurança; pode fechar esta página.",
        "used": "Este formulário já foi enviado. Se não foi você, escreva-nos.",
        "over": "Este link já não funciona. Peça-nos um novo.",
        "unknown": "Este link não leva a lado nenhum. Verifique se está completo.",
    },
    "es": {
        "title": "Información confidencial",
        "promise": "Lo que escriba aquí se cifra, lo ve solo quien lo necesita, y se elimina después de"
        " {days} días. No aparece en el chat.",
        "once": "Puede enviar este formulario una sola vez.",
        "answer": "Su respuesta",
        "optional": "opcional",
        "send": "Enviar",
        "wrong": "Revise los campos marcados.",
        "missing": "Rellene este campo.",
        "too_long": "El texto es demasiado largo.",
        "thanks": "Gracias. Su respuesta llegó de forma segura; puede cerrar esta página.",
        "used": "Este formulario ya se envió. Si no fue usted, escríbanos.",
        "over": "Este enlace ya no funciona. Pídanos uno nuevo.",
        "unknown": "Este enlace no lleva a ninguna parte. Compruebe que esté completo.",
    },
    "de": {
        "title": "Vertrauliche Angaben",
        "promise": "Was Sie hier eingeben, wird verschlüsselt, nur von denen gesehen, die es brauchen, und"
        " nach {days} Tagen gelöscht. Es erscheint nicht im Chat.",
        "once": "Sie können dieses Formular einmal absenden.",
        "answer": "Ihre Antwort",
        "optional": "freiwillig",
        "send": "Absenden",
        "wrong": "Bitte prüfen Sie die markierten Felder.",
        "missing": "Bitte füllen Sie dieses Feld aus.",
        "too_long": "Das ist zu lang.",
        "thanks": "Danke. Ihre Antwort ist sicher angekommen; Sie können diese Seite schließen.",
        "used": "Dieses Formular wurde schon abgesendet. Waren Sie das nicht, schreiben Sie uns bitte.",
        "over": "Dieser Link gilt nicht mehr. Bitte lassen Sie sich einen neuen geben.",
        "unknown": "Dieser Link führt nirgendwohin. Bitte prüfen Sie, ob er vollständig ist.",
    },
}
LANGUAGES: Final = tuple(TEXTS)
