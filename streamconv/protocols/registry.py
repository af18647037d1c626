"""The protocols, one line each, in the order in which they are looked for."""

from __future__ import annotations

from typing import Final

from streamconv.protocols.a2a import A2A
from streamconv.protocols.ag_ui import AgUI
from streamconv.protocols.anthropic_messages import AnthropicMessages
from streamconv.protocols.assistant_transport import AssistantTransport
from streamconv.protocols.baidu import Baidu
from streamconv.protocols.bedrock_agent import BedrockAgent
from streamconv.protocols.bedrock_converse import BedrockConverse
from streamconv.protocols.bedrock_invoke import BedrockInvoke
from streamconv.protocols.chatgpt_web import ChatGPTWeb
from streamconv.protocols.cody import Cody
from streamconv.protocols.cohere_v1 import CohereV1
from streamconv.protocols.cohere_v2 import CohereV2
from streamconv.protocols.dashscope import DashScope
from streamconv.protocols.dify import Dify
from streamconv.protocols.event import Event
from streamconv.protocols.gemini import Gemini
from streamconv.protocols.gemini_interactions import GeminiInteractions
from streamconv.protocols.hugging_face_tgi import HuggingFaceTGI
from streamconv.protocols.json_rpc import JsonRpc
from streamconv.protocols.langchain import LangChain
from streamconv.protocols.langgraph_agent import LangGraphAgent
from streamconv.protocols.llama_cpp import LlamaCpp
from streamconv.protocols.ollama import Ollama
from streamconv.protocols.openai_assistants import OpenAIAssistants
from streamconv.protocols.openai_chat import OpenAIChat
from streamconv.protocols.openai_completions import OpenAICompletions
from streamconv.protocols.openai_responses import OpenAIResponses
from streamconv.protocols.openai_transcription import OpenAITranscription
from streamconv.protocols.protocol import Protocol
from streamconv.protocols.replicate import Replicate
from streamconv.protocols.vercel_data import VercelData
from streamconv.protocols.vercel_ui import VercelUI
from streamconv.protocols.watsonx import Watsonx
from streamconv.protocols.writer_completions import WriterCompletions

PROTOCOLS: Final[tuple[type[Protocol], ...]] = (
    ChatGPTWeb,
    AnthropicMessages,
    CohereV2,
    CohereV1,
    OpenAIResponses,
    OpenAITranscription,
    OpenAIAssistants,
    OpenAIChat,
    OpenAICompletions,
    Gemini,
    GeminiInteractions,
    Ollama,
    BedrockConverse,
    BedrockInvoke,
    BedrockAgent,
    VercelUI,
    AgUI,
    A2A,
    JsonRpc,
    Dify,
    LangGraphAgent,
    LangChain,
    AssistantTransport,
    VercelData,
    DashScope,
    Baidu,
    HuggingFaceTGI,
    Replicate,
    Watsonx,
    Cody,
    LlamaCpp,
    WriterCompletions,
)  # fmt: skip

_BY_NAME: Final = {protocol.name: protocol for protocol in PROTOCOLS}


def recognise(event: Event) -> tuple[type[Protocol], str] | None:
    """The protocol that an event, one of a stream's first, shows, with the evidence; None where it shows none."""
    for protocol in PROTOCOLS:
        evidence = protocol.recognises(event)
        if evidence is not None:
            return protocol, evidence
    return None


def find(name: str) -> type[Protocol]:
    """The protocol of this name. Raises ValueError, which suggests the near one."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    from difflib import get_close_matches

    near = get_close_matches(name, _BY_NAME, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_BY_NAME)}"
    raise ValueError(f"no protocol is named {name!r}; {hint}")


def protocol_of(name: str | None, path: str | None = None) -> Protocol | None:
    """A protocol for one stream: the one of this name, or of none, whose text is what a JMESPath finds in each event.

    None where neither is given. Raises ValueError, which ExpressionError is, too.
    """
    if path is None:
        return None if name is None else find(name)()
    if name is not None:
        raise ValueError("a path is for streams of no known protocol: give it, or the name of one")
    from streamconv.protocols.field import Field  # which needs jmespath

    return Field(path)
